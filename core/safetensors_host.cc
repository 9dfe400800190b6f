#include "core/safetensors_host.h"

#include <string.h>
#include <zlib.h>

#include <algorithm>
#include <new>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

#include "core/error_host.h"
#include "core/json_host.h"

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the data is little-endian");

namespace slim {
namespace {

std::string Hexadecimal(uint32_t value) {
  std::string digits(8, '0');
  for (int i = 7; i >= 0; --i, value >>= 4)
    digits[static_cast<size_t>(i)] = "0123456789abcdef"[value & 15];
  return digits;
}

uint32_t Crc32(uint32_t crc, const void* data, size_t size) {
  // zlib takes a null pointer as a request for the initial value.
  return size == 0 ? crc
                   : static_cast<uint32_t>(crc32_z(crc, static_cast<const Bytef*>(data), size));
}

// The checksum of a header that is followed by the pieces.
std::string Checksum(const SafeMetadata& metadata, const std::vector<SafeTensor>& tensors,
                     const std::vector<FilePiece>& pieces) {
  const std::string text = SafeTensorsHeaderText(metadata, tensors);
  uint32_t crc = Crc32(0, text.data(), text.size());
  for (const FilePiece& piece : pieces) crc = Crc32(crc, piece.data, piece.size);
  return Hexadecimal(crc);
}

float FromHalf(uint16_t half) {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000u) << 16;
  const uint32_t exponent = (half >> 10) & 31u;
  const uint32_t mantissa = half & 0x3ffu;
  uint32_t bits;
  if (exponent == 31) {
    bits = sign | 0x7f800000u | (mantissa << 13);
  } else if (exponent != 0) {
    bits = sign | ((exponent + 112) << 23) | (mantissa << 13);
  } else {
    const float magnitude = static_cast<float>(mantissa) * 0x1p-24f;  // zero or subnormal: exact
    memcpy(&bits, &magnitude, sizeof bits);
    bits |= sign;
  }
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

float FromBFloat16(uint16_t half) {
  const uint32_t bits = static_cast<uint32_t>(half) << 16;
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

// Reads unaligned elements of type T and converts each.
template <typename T, typename Convert>
std::vector<float> ConvertAll(const uint8_t* data, int64_t count, Convert convert) {
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values) {
    T element;
    memcpy(&element, data, sizeof element);
    data += sizeof element;
    value = convert(element);
  }
  return values;
}

}  // namespace

SafeTensorsFile::SafeTensorsFile(const std::string& name, SafeTensorsHeader header,
                                 std::vector<uint8_t> data, const SafeTensorsLimits& limits)
    : name_(name), header_(std::move(header)), data_(std::move(data)) {
  if (!has_checksum()) {
    if (!limits.require_checksum) return;
    throw BadInput(
        name +
        ": has no checksum, so slimsplit did not write it or it is damaged; use another file");
  }
  const std::string computed =
      Checksum(header_.metadata, header_.tensors, {{data_.data(), data_.size()}});
  if (computed != header_.checksum) {
    throw BadInput(
        name + ": the checksum of its content is " + computed + ", but the file says " +
        Quoted(header_.checksum) +
        "; it is damaged, or another program changed it and kept the metadata slimsplit.crc32");
  }
}

SafeTensorsFile SafeTensorsFile::Read(const std::string& path, const SafeTensorsLimits& limits) {
  InputFile file(path);
  uint8_t first[kSafeTensorsLengthBytes] = {};
  file.Read(first, static_cast<size_t>(std::min<int64_t>(sizeof first, file.size())));
  const int64_t length = JudgeSafeTensorsLength(path, first, file.size(), limits);
  std::string text(static_cast<size_t>(length), ' ');
  file.Read(text.data(), text.size());
  const int64_t data_bytes = file.size() - kSafeTensorsLengthBytes - length;
  SafeTensorsHeader header = ParseSafeTensorsHeader(path, text, data_bytes, limits);
  try {
    std::vector<uint8_t> data(static_cast<size_t>(data_bytes));
    file.Read(data.data(), data.size());
    return SafeTensorsFile(path, std::move(header), std::move(data), limits);
  } catch (const std::bad_alloc&) {
    throw Failure(path + ": no memory for its " + std::to_string(data_bytes) +
                  " bytes of data; close other programs or use a smaller file");
  }
}

SafeTensorsFile SafeTensorsFile::Parse(const std::string& name, const uint8_t* bytes, size_t size,
                                       const SafeTensorsLimits& limits) {
  const int64_t length = JudgeSafeTensorsLength(name, bytes, static_cast<int64_t>(size), limits);
  const uint8_t* text = bytes + kSafeTensorsLengthBytes;
  const uint8_t* data = text + length;
  const uint8_t* end = bytes + size;
  SafeTensorsHeader header =
      ParseSafeTensorsHeader(name, std::string(text, data), end - data, limits);
  return SafeTensorsFile(name, std::move(header), std::vector<uint8_t>(data, end), limits);
}

const SafeTensor* SafeTensorsFile::Find(const std::string& name) const {
  for (const SafeTensor& tensor : tensors()) {
    if (tensor.name == name) return &tensor;
  }
  return nullptr;
}

std::vector<float> SafeTensorsFile::ReadFloats(const SafeTensor& tensor) const {
  const uint8_t* bytes = data(tensor);
  switch (tensor.dtype) {
    case SafeDType::kF32:
      return ConvertAll<float>(bytes, tensor.count(), [](float value) { return value; });
    case SafeDType::kF64:
      return ConvertAll<double>(bytes, tensor.count(),
                                [](double value) { return static_cast<float>(value); });
    case SafeDType::kF16:
      return ConvertAll<uint16_t>(bytes, tensor.count(), FromHalf);
    case SafeDType::kBF16:
      return ConvertAll<uint16_t>(bytes, tensor.count(), FromBFloat16);
    default:
      throw BadInput(name_ + ": tensor " + Quoted(tensor.name) + ": its dtype is " +
                     Name(tensor.dtype) +
                     ", but numbers are wanted as F32, F64, F16 or BF16; export it so");
  }
}

void SafeTensorsWriter::Add(const std::string& name, SafeDType dtype,
                            const std::vector<int64_t>& shape, const void* data) {
  const int64_t bytes = CheckedBytes(dtype, shape);
  if (bytes < 0) {
    throw UsageError("tensor " + Quoted(name) +
                     ": its shape has a negative or overflowing size; correct it");
  }
  sources_.push_back({{name, dtype, shape, 0, bytes}, data});
}

SafeTensorsWriter::Layout SafeTensorsWriter::Arrange(const std::string& file) const {
  std::vector<const Source*> order;
  for (const Source& source : sources_) order.push_back(&source);
  std::stable_sort(order.begin(), order.end(), [](const Source* a, const Source* b) {
    const int64_t a_bytes = BytesPerElement(a->tensor.dtype);
    const int64_t b_bytes = BytesPerElement(b->tensor.dtype);
    return std::tie(b_bytes, a->tensor.name) < std::tie(a_bytes, b->tensor.name);
  });
  Layout layout;
  std::vector<SafeTensor> tensors;
  int64_t position = 0;
  for (const Source* source : order) {
    tensors.push_back(source->tensor);
    tensors.back().begin = position;
    position += source->tensor.end;
    tensors.back().end = position;
    layout.data.push_back({source->data, static_cast<size_t>(source->tensor.end)});
  }
  try {
    SafeMetadata metadata = metadata_;
    metadata.erase(kSafeTensorsChecksumKey);
    metadata[kSafeTensorsChecksumKey] = Checksum(metadata, tensors, layout.data);
    std::string text = SafeTensorsHeaderText(metadata, tensors);
    text.resize((text.size() + 7) / 8 * 8, ' ');
    ParseSafeTensorsHeader(file, text, position, SafeTensorsLimits());
    const uint64_t length = text.size();
    layout.head.assign(reinterpret_cast<const char*>(&length), sizeof length);
    layout.head += text;
    return layout;
  } catch (const Error& error) {
    throw UsageError(std::string("not written, because it could not be read again: ") +
                     error.what());
  } catch (const nlohmann::json::exception& error) {
    throw UsageError(file + ": not written: a name or metadata is not valid UTF-8; correct it");
  }
}

void SafeTensorsWriter::WriteAtomically(const std::string& path, KeepPrevious keep_previous) const {
  const Layout layout = Arrange(path);
  std::vector<FilePiece> pieces = {{layout.head.data(), layout.head.size()}};
  pieces.insert(pieces.end(), layout.data.begin(), layout.data.end());
  WriteFileAtomically(path, pieces, keep_previous);
}

std::vector<uint8_t> SafeTensorsWriter::Bytes() const {
  const Layout layout = Arrange("safetensors in memory");
  std::vector<uint8_t> bytes(layout.head.begin(), layout.head.end());
  for (const FilePiece& piece : layout.data) {
    const uint8_t* data = static_cast<const uint8_t*>(piece.data);
    bytes.insert(bytes.end(), data, data + piece.size);
  }
  return bytes;
}

}  // namespace slim
