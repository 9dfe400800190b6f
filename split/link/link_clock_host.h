// The clock of everything that travels over a link.
#ifndef SLIMSPLIT_SPLIT_LINK_LINK_CLOCK_HOST_H_
#define SLIMSPLIT_SPLIT_LINK_LINK_CLOCK_HOST_H_

#include <stdint.h>

#include <chrono>

namespace slim {

// Microseconds since some moment in the past; never runs backwards.
inline int64_t NowUs() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace slim

#endif  // SLIMSPLIT_SPLIT_LINK_LINK_CLOCK_HOST_H_
