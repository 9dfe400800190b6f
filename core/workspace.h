// Workspace: hands out aligned pieces of memory lent by the caller, or only counts how much that
// would take.
//
// Code that lays out its scratch memory runs the same lines twice: once to measure (Infer, Plan),
// once to use (Run). The two can then not disagree.
#ifndef SLIMSPLIT_CORE_WORKSPACE_H_
#define SLIMSPLIT_CORE_WORKSPACE_H_

#include <stdint.h>

#include "core/shape.h"

namespace slim {

inline constexpr int64_t kAlignment = 64;  // bytes; a cache line and the widest vector

inline constexpr int64_t AlignUp(int64_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

class Workspace {
 public:
  Workspace() = default;  // counts
  explicit Workspace(void* memory)
      : memory_(static_cast<char*>(memory)) {}  // hands out; kAlignment aligned

  // `count` >= 0 elements; nullptr when only counting.
  template <class T>
  T* Take(int64_t count) {
    const int64_t start = used_;
    const int64_t bytes = SaturatingMul(count, sizeof(T));
    used_ = bytes > kMost - used_ ? kMost : used_ + AlignUp(bytes);
    return memory_ == nullptr ? nullptr : reinterpret_cast<T*>(memory_ + start);
  }

  // Bytes taken so far; kMost when that is too much to count.
  int64_t used() const { return used_; }

  static constexpr int64_t kMost = int64_t{1} << 60;

 private:
  char* memory_ = nullptr;
  int64_t used_ = 0;
};

}  // namespace slim

#endif  // SLIMSPLIT_CORE_WORKSPACE_H_
