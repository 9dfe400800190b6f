// Model files on a disk: written whole, mapped and not copied.
#ifndef SLIMSPLIT_SPLIT_RUNTIME_MODEL_FILE_HOST_H_
#define SLIMSPLIT_SPLIT_RUNTIME_MODEL_FILE_HOST_H_

#include <stdint.h>

#include <memory>
#include <string>
#include <vector>

#include "split/runtime/model_file.h"

namespace slim {

// The bytes of a half: the same half gives the same bytes, and so does the half that is parsed from
// them. Throws UsageError naming the rule when they could not be read again (a text longer than 255
// bytes, a parameter that is not finite, a layer that does not fit).
std::vector<uint8_t> ModelFileBytes(const ModelFile& file);

// What ties two halves together: a hash (FNV-1a, 64 bits) of all that is in them, digests excepted.
uint64_t DigestOf(ModelFile head, ModelFile tail);
// The digest of a half as 16 hexadecimal digits, for people to compare.
std::string DigestText(const ModelFile& half);

struct FreeMemory {
  void operator()(void* memory) const;
};
using AlignedMemory = std::unique_ptr<void, FreeMemory>;  // begins at a multiple of kAlignment
AlignedMemory AllocateAligned(int64_t bytes);

// ModelFile::Parse with memory of its own, which the file then needs as long as its bytes.
Status ParseModelFile(const uint8_t* bytes, int64_t size, AlignedMemory* memory, ModelFile* file);

// A model file in memory as long as this lives.
class MappedModelFile {
 public:
  // Throws BadInput naming file, byte and rule when there is no such file or it is none.
  explicit MappedModelFile(const std::string& path);

  const ModelFile& file() const { return file_; }
  int64_t bytes() const { return bytes_; }

 private:
  struct Unmap {
    int64_t bytes;
    void operator()(const uint8_t* memory) const;
  };

  int64_t bytes_ = 0;
  std::unique_ptr<const uint8_t, Unmap> mapped_;
  AlignedMemory memory_;
  ModelFile file_;
};

}  // namespace slim

#endif  // SLIMSPLIT_SPLIT_RUNTIME_MODEL_FILE_HOST_H_
