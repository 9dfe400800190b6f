// WakeLead: how long before a moment a thread must ask to be woken up, so as to be there in time.
#ifndef SLIMSPLIT_SPLIT_LINK_WAKE_LEAD_HOST_H_
#define SLIMSPLIT_SPLIT_LINK_WAKE_LEAD_HOST_H_

#include <stdint.h>

#include <algorithm>

namespace slim {

// A machine that has more to do wakes up later: the lead is twice what it lately took, and falls by
// an eighth a time. Times are microseconds.
class WakeLead {
 public:
  static constexpr int64_t kLeastUs = 1000;

  int64_t us() const { return us_; }

  // A wait that began at `begin_us` until `until_us` ended at `now_us`. One that began too late was
  // none, and says nothing about waking up.
  void Waited(int64_t begin_us, int64_t until_us, int64_t now_us) {
    if (begin_us >= until_us) return;
    us_ = std::max({kLeastUs, us_ * 7 / 8, 2 * (now_us - until_us)});
  }

 private:
  int64_t us_ = kLeastUs;
};

}  // namespace slim

#endif  // SLIMSPLIT_SPLIT_LINK_WAKE_LEAD_HOST_H_
