// BufferPool: memory for the tape that is asked of the system once and then goes round.
//
// A training step asks for the same sizes in the same order each time, and what it was once given
// stays: after the first step that asks the system for nothing, no step does. That takes two or
// three steps, as buffers of one size also serve for somewhat smaller ones.
#ifndef SLIMSPLIT_AUTOGRAD_BUFFER_POOL_H_
#define SLIMSPLIT_AUTOGRAD_BUFFER_POOL_H_

#include <stdint.h>

#include <utility>
#include <vector>

namespace slim {

class BufferPool {
 public:
  BufferPool() = default;
  ~BufferPool();
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;

  // At least `bytes` bytes, kAlignment aligned, contents undefined; nullptr for 0 bytes. Throws
  // std::bad_alloc.
  void* Acquire(int64_t bytes);
  // Gives back what Acquire returned; nullptr is ignored.
  void Release(void* buffer);

  int64_t bytes_in_use() const { return in_use_; }
  // Most bytes ever in use at once.
  int64_t peak_bytes() const { return peak_; }
  // How often the system was asked; constant once a loop is in its steady state.
  int64_t system_allocations() const { return system_allocations_; }

 private:
  int64_t in_use_ = 0, peak_ = 0, system_allocations_ = 0;
  std::vector<std::pair<int64_t, void*>> free_;  // sorted by size
};

}  // namespace slim

#endif  // SLIMSPLIT_AUTOGRAD_BUFFER_POOL_H_
