// Named tensors in a file: the safetensors format (github.com/huggingface/safetensors, README
// "Format").
//
//   byte 0      u64 N, little-endian       length of the header
//   byte 8      N bytes of JSON, "{" first, spaces last:
//                 {"__metadata__": {"key": "text", ...},
//                  "name": {"dtype": "F32", "shape": [16,3,3,3], "data_offsets": [begin, end]},
//                  ...}
//   byte 8 + N  the data: little-endian, C order, tensor after tensor; offsets count from here
//
// Files written here carry one more entry of metadata, "slimsplit.crc32": the CRC-32 (zlib) as
// eight lower-case hexadecimal digits of the header as SafeTensorsHeaderText writes it without this
// entry, followed by the data. It covers names, shapes and metadata too, and does not depend on
// white space or on the order of the header. It is verified where it is present.
#ifndef SLIMSPLIT_CORE_SAFETENSORS_HEADER_HOST_H_
#define SLIMSPLIT_CORE_SAFETENSORS_HEADER_HOST_H_

#include <stdint.h>

#include <map>
#include <string>
#include <vector>

namespace slim {

// The element types of the format that this project knows; a file with another one is refused.
enum class SafeDType : uint8_t {
  kF64,
  kI64,
  kU64,
  kF32,
  kI32,
  kU32,
  kF16,
  kBF16,
  kI16,
  kU16,
  kI8,
  kU8,
  kBool
};

const char* Name(SafeDType dtype);
int64_t BytesPerElement(SafeDType dtype);

// Bytes of a dense tensor; -1 if a size is negative or the product overflows 63 bits. A zero hides
// nothing: the other sizes must fit too.
int64_t CheckedBytes(SafeDType dtype, const std::vector<int64_t>& shape);

// One tensor of a file: its bytes are [begin, end) of the data.
struct SafeTensor {
  std::string name;
  SafeDType dtype;
  std::vector<int64_t> shape;  // outermost first; empty for a scalar
  int64_t begin, end;

  int64_t count() const { return (end - begin) / BytesPerElement(dtype); }
};

using SafeMetadata = std::map<std::string, std::string>;

// What a file may cost. The defaults suit our own files; a big foreign model may be given more.
struct SafeTensorsLimits {
  int64_t max_header_bytes = int64_t{1} << 20;  // the format itself allows 100,000,000
  int64_t max_entries = 10000;                  // tensors and metadata together
  int64_t max_data_bytes = int64_t{1} << 32;
  bool require_checksum = false;  // for files that only this project writes
};

constexpr int64_t kSafeTensorsLengthBytes = 8;
constexpr char kSafeTensorsChecksumKey[] = "slimsplit.crc32";

// What the header says, judged.
struct SafeTensorsHeader {
  SafeMetadata metadata;            // without the checksum
  std::string checksum;             // empty if the file has none
  std::vector<SafeTensor> tensors;  // sorted by begin, end, name: the order of the data
};

// N, from the eight bytes at `first` of a file of `file_bytes`; judges the size of the file first,
// so `first` may be shorter if `file_bytes` is.
int64_t JudgeSafeTensorsLength(const std::string& file, const uint8_t* first, int64_t file_bytes,
                               const SafeTensorsLimits& limits);

// Judges every rule about the header and the `data_bytes` bytes that follow it. Throws BadInput
// naming file, tensor and rule.
SafeTensorsHeader ParseSafeTensorsHeader(const std::string& file, const std::string& text,
                                         int64_t data_bytes, const SafeTensorsLimits& limits);

// The header as this project writes it, without padding, tensors in the given order.
std::string SafeTensorsHeaderText(const SafeMetadata& metadata,
                                  const std::vector<SafeTensor>& tensors);

}  // namespace slim

#endif  // SLIMSPLIT_CORE_SAFETENSORS_HEADER_HOST_H_
