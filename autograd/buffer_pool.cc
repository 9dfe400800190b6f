#include "autograd/buffer_pool.h"

#include <algorithm>
#include <new>

#include "core/workspace.h"

namespace slim {
namespace {

// Each buffer is preceded by its size, kept in one alignment unit.
int64_t& SizeOf(void* buffer) {
  return *reinterpret_cast<int64_t*>(static_cast<char*>(buffer) - kAlignment);
}

void Free(void* buffer) {
  ::operator delete(static_cast<char*>(buffer) - kAlignment, std::align_val_t(kAlignment));
}

}  // namespace

BufferPool::~BufferPool() {
  for (const auto& entry : free_) Free(entry.second);
}

void* BufferPool::Acquire(int64_t bytes) {
  if (bytes == 0) return nullptr;
  bytes = AlignUp(bytes);
  // The smallest buffer that is large enough, unless half of it or more would be wasted.
  const auto found = std::lower_bound(free_.begin(), free_.end(),
                                      std::make_pair(bytes, static_cast<void*>(nullptr)));
  void* buffer;
  if (found != free_.end() && found->first <= 2 * bytes) {
    buffer = found->second;
    free_.erase(found);
  } else {
    ++system_allocations_;
    void* memory =
        ::operator new(static_cast<size_t>(bytes + kAlignment), std::align_val_t(kAlignment));
    buffer = static_cast<char*>(memory) + kAlignment;
    SizeOf(buffer) = bytes;
  }
  in_use_ += SizeOf(buffer);
  peak_ = std::max(peak_, in_use_);
  return buffer;
}

void BufferPool::Release(void* buffer) {
  if (buffer == nullptr) return;
  const std::pair<int64_t, void*> entry(SizeOf(buffer), buffer);
  in_use_ -= entry.first;
  free_.insert(std::lower_bound(free_.begin(), free_.end(), entry), entry);
}

}  // namespace slim
