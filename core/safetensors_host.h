// Reads and writes files of named tensors; the format is drawn in safetensors_header_host.h.
#ifndef SLIMSPLIT_CORE_SAFETENSORS_HOST_H_
#define SLIMSPLIT_CORE_SAFETENSORS_HOST_H_

#include <stddef.h>
#include <stdint.h>

#include <string>
#include <vector>

#include "core/file_host.h"
#include "core/safetensors_header_host.h"

namespace slim {

// A file read and judged completely.
//
// Read and Parse throw BadInput naming file, tensor and rule. Every rule about the header, the
// offsets and the size of the file is judged before memory for the data is taken; the checksum
// follows.
class SafeTensorsFile {
 public:
  static SafeTensorsFile Read(const std::string& path, const SafeTensorsLimits& limits = {});

  // The same for bytes in memory; `name` stands for the file in messages.
  static SafeTensorsFile Parse(const std::string& name, const uint8_t* bytes, size_t size,
                               const SafeTensorsLimits& limits = {});

  const std::string& name() const { return name_; }
  const SafeMetadata& metadata() const { return header_.metadata; }  // without the checksum
  bool has_checksum() const { return !header_.checksum.empty(); }

  // In the order of the data.
  const std::vector<SafeTensor>& tensors() const { return header_.tensors; }
  const SafeTensor* Find(const std::string& name) const;  // null if there is none

  // The bytes of a tensor of this file, possibly unaligned; they live as long as the file object.
  const uint8_t* data(const SafeTensor& tensor) const { return data_.data() + tensor.begin; }

  // F32 as it is; F16, BF16 and F64 converted (F64 rounds); another type is BadInput.
  std::vector<float> ReadFloats(const SafeTensor& tensor) const;

 private:
  SafeTensorsFile(const std::string& name, SafeTensorsHeader header, std::vector<uint8_t> data,
                  const SafeTensorsLimits& limits);

  std::string name_;
  SafeTensorsHeader header_;
  std::vector<uint8_t> data_;
};

// Collects tensors and writes them with a checksum.
//
// The bytes depend only on what was added, not on the order: wider elements first, then by name, so
// that every tensor is aligned to its element. What is written is always accepted by
// SafeTensorsFile with default limits.
class SafeTensorsWriter {
 public:
  // The data, C order, belongs to the caller and must live until the file is written. A shape with
  // a negative or overflowing size is a UsageError.
  void Add(const std::string& name, SafeDType dtype, const std::vector<int64_t>& shape,
           const void* data);
  void SetMetadata(const std::string& key, const std::string& value) { metadata_[key] = value; }

  // Throw UsageError if a name occurs twice or the header breaks a rule of the format.
  void WriteAtomically(const std::string& path,
                       KeepPrevious keep_previous = KeepPrevious::kNo) const;
  std::vector<uint8_t> Bytes() const;

 private:
  struct Source {
    SafeTensor tensor;
    const void* data;
  };
  struct Layout {
    std::string head;             // length and header
    std::vector<FilePiece> data;  // what follows it
  };
  Layout Arrange(const std::string& file) const;

  std::vector<Source> sources_;
  SafeMetadata metadata_;
};

}  // namespace slim

#endif  // SLIMSPLIT_CORE_SAFETENSORS_HOST_H_
