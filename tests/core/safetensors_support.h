// What the safetensors tests share: a golden file and files made by hand.
#ifndef SLIMSPLIT_TESTS_CORE_SAFETENSORS_SUPPORT_H_
#define SLIMSPLIT_TESTS_CORE_SAFETENSORS_SUPPORT_H_

#include <string.h>

#include <string>
#include <vector>

#include "core/error_host.h"
#include "core/safetensors_host.h"

namespace slim {

// A file with this header and data; the length is right.
inline std::string FileOf(const std::string& header, const std::string& data) {
  const uint64_t length = header.size();
  std::string file(reinterpret_cast<const char*>(&length), sizeof length);
  return file + header + data;
}

inline SafeTensorsFile ParseFile(const std::string& file, const SafeTensorsLimits& limits = {}) {
  // A copy of exactly this size, so that AddressSanitizer sees one byte too far.
  const std::vector<uint8_t> bytes(file.begin(), file.end());
  return SafeTensorsFile::Parse("f.safetensors", bytes.data(), bytes.size(), limits);
}

// What the file is refused with, or "accepted".
inline std::string Refusal(const std::string& file, const SafeTensorsLimits& limits = {}) {
  try {
    ParseFile(file, limits);
  } catch (const Error& error) {
    return error.kind() == ErrorKind::kBadInput ? error.what() : "wrong kind of error";
  }
  return "accepted";
}

// Six tensors of five types, one of them empty and one a scalar, as tools/parity/safetensors_io.py
// wrote them.
inline std::string GoldenFile() {
  const std::string header = R"({"__metadata__":{"format":"pt","note":"line\n)"
                             "\x7f"
                             R"(","slimsplit.crc32":"a76a83c7"},)"
                             R"("none":{"dtype":"I64","shape":[0,4],"data_offsets":[0,0]},)"
                             R"("s":{"dtype":"F64","shape":[],"data_offsets":[0,8]},)"
                             R"("a":{"dtype":"F32","shape":[1,2],"data_offsets":[8,16]},)"
                             R"("b":{"dtype":"F32","shape":[2],"data_offsets":[16,24]},)"
                             R"("q\")"
                             "\xc3\xa9"
                             R"(\u0001":{"dtype":"I16","shape":[1],"data_offsets":[24,26]},)"
                             R"("mask":{"dtype":"BOOL","shape":[3],"data_offsets":[26,29]}} )";
  const char data[] =
      "\0\0\0\0\0\0\xe0\x3f\0\0\x40\x40\0\0\x80\x40\0\0\x80\x3f\0\0\0\xc0\x07\0\x01\0\x01";
  return FileOf(header, std::string(data, sizeof data - 1));
}

inline bool SameTensor(const SafeTensor& a, const SafeTensor& b) {
  return a.name == b.name && a.dtype == b.dtype && a.shape == b.shape && a.begin == b.begin &&
         a.end == b.end;
}

// Names, types, shapes, places and metadata; not the data.
inline bool SameHeader(const SafeTensorsFile& a, const SafeTensorsFile& b) {
  bool same = a.metadata() == b.metadata() && a.tensors().size() == b.tensors().size();
  for (size_t i = 0; same && i < a.tensors().size(); ++i)
    same = SameTensor(a.tensors()[i], b.tensors()[i]);
  return same;
}

inline bool SameData(const SafeTensorsFile& a, const SafeTensorsFile& b) {
  bool same = true;
  for (size_t i = 0; same && i < a.tensors().size(); ++i) {
    const SafeTensor& tensor = a.tensors()[i];
    const size_t size = static_cast<size_t>(tensor.end - tensor.begin);
    same = size == 0 || memcmp(a.data(tensor), b.data(b.tensors()[i]), size) == 0;
  }
  return same;
}

// The same tensors and metadata, collected to be written again; they borrow from `file`.
inline SafeTensorsWriter WriterOf(const SafeTensorsFile& file) {
  SafeTensorsWriter writer;
  for (const SafeTensor& tensor : file.tensors()) {
    writer.Add(tensor.name, tensor.dtype, tensor.shape, file.data(tensor));
  }
  for (const auto& entry : file.metadata()) writer.SetMetadata(entry.first, entry.second);
  return writer;
}

}  // namespace slim

#endif  // SLIMSPLIT_TESTS_CORE_SAFETENSORS_SUPPORT_H_
