#include "split/runtime/model_file_host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <new>

#include "core/error_host.h"
#include "core/workspace.h"

namespace slim {
namespace {

std::string Cause() { return strerror(errno); }

// An open file, read only, until the end of a block.
class Descriptor {
 public:
  explicit Descriptor(const std::string& path)
      : value_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    if (value_ < 0) throw BadInput(path + ": cannot be opened: " + Cause() + "; check the path");
  }
  ~Descriptor() { close(value_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int value() const { return value_; }

 private:
  int value_;
};

}  // namespace

void FreeMemory::operator()(void* memory) const { free(memory); }

AlignedMemory AllocateAligned(int64_t bytes) {
  AlignedMemory memory(aligned_alloc(kAlignment, AlignUp(bytes)));
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

Status ParseModelFile(const uint8_t* bytes, int64_t size, AlignedMemory* memory, ModelFile* file) {
  const Status status = ModelFile::Parse(bytes, size, nullptr, 0, file);
  if (status.code != StatusCode::kTooSmall) return status;
  *memory = AllocateAligned(status.where);
  return ModelFile::Parse(bytes, size, memory->get(), status.where, file);
}

void MappedModelFile::Unmap::operator()(const uint8_t* memory) const {
  munmap(const_cast<uint8_t*>(memory), static_cast<size_t>(bytes));
}

MappedModelFile::MappedModelFile(const std::string& path) : mapped_(nullptr, Unmap{0}) {
  const Descriptor file(path);
  struct stat about;
  if (fstat(file.value(), &about) != 0) throw Failure(path + ": cannot be read: " + Cause());
  if (!S_ISREG(about.st_mode) || about.st_size == 0) {
    throw BadInput(path + ": is empty or no regular file; `slimsplit export` writes model files");
  }
  bytes_ = about.st_size;
  void* mapped =
      mmap(nullptr, static_cast<size_t>(bytes_), PROT_READ, MAP_PRIVATE, file.value(), 0);
  if (mapped == MAP_FAILED) throw Failure(path + ": cannot be mapped: " + Cause());
  mapped_ = {static_cast<const uint8_t*>(mapped), Unmap{bytes_}};
  const Status status = ParseModelFile(mapped_.get(), bytes_, &memory_, &file_);
  if (!status.ok()) {
    throw BadInput(path + ": byte " + std::to_string(status.where) + ": " + status.text +
                   "; copy the file again, or export it with this slimsplit");
  }
}

}  // namespace slim
