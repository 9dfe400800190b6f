// GuardedBuffer: memory that ends where the process may not read, so that an over-read by one
// element is a crash in every build, and an overwrite before the start is found by Intact.
#ifndef SLIMSPLIT_TESTS_SUPPORT_GUARDED_BUFFER_H_
#define SLIMSPLIT_TESTS_SUPPORT_GUARDED_BUFFER_H_

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <new>
#include <utility>

namespace slim {

// `bytes` of memory whose start is a multiple of `alignment` (a power of two). What alignment
// leaves between the last byte and the guard page, and what lies before the first byte, is a
// pattern that must stay.
class GuardedBuffer {
 public:
  GuardedBuffer() = default;
  explicit GuardedBuffer(int64_t bytes, int64_t alignment = 64) : bytes_(bytes) {
    const int64_t page = sysconf(_SC_PAGESIZE);
    const int64_t aligned = (bytes + alignment - 1) / alignment * alignment;
    const int64_t usable = (aligned + kBefore + page - 1) / page * page;
    mapped_ = usable + page;
    void* memory =
        mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    base_ = static_cast<unsigned char*>(memory);
    end_ = base_ + usable;
    data_ = end_ - aligned;
    mprotect(end_, page, PROT_NONE);
    memset(base_, kPattern, usable);
    Fill(0xff);
  }
  GuardedBuffer(GuardedBuffer&& other) noexcept { *this = std::move(other); }
  GuardedBuffer& operator=(GuardedBuffer&& other) noexcept {
    std::swap(base_, other.base_);
    std::swap(data_, other.data_);
    std::swap(end_, other.end_);
    std::swap(bytes_, other.bytes_);
    std::swap(mapped_, other.mapped_);
    return *this;
  }
  ~GuardedBuffer() {
    if (base_ != nullptr) munmap(base_, mapped_);
  }

  template <class T>
  T* As() const {
    return reinterpret_cast<T*>(data_);
  }
  int64_t bytes() const { return bytes_; }

  // 0xff in every byte is NaN for floats and -1 for integers: what a buffer holds at first.
  void Fill(int byte) { memset(data_, byte, bytes_); }

  // No byte around the buffer was written.
  bool Intact() const {
    for (const unsigned char* p = base_; p != data_; ++p) {
      if (*p != kPattern) return false;
    }
    for (const unsigned char* p = data_ + bytes_; p != end_; ++p) {
      if (*p != kPattern) return false;
    }
    return true;
  }

 private:
  static constexpr unsigned char kPattern = 0xa5;
  static constexpr int64_t kBefore = 64;

  unsigned char* base_ = nullptr;
  unsigned char* data_ = nullptr;
  unsigned char* end_ = nullptr;
  int64_t bytes_ = 0, mapped_ = 0;
};

}  // namespace slim

#endif  // SLIMSPLIT_TESTS_SUPPORT_GUARDED_BUFFER_H_
