#include "core/safetensors_header_host.h"

#include <string.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <tuple>

#include "core/error_host.h"
#include "core/json_host.h"

namespace slim {
namespace {

using nlohmann::json;

constexpr int64_t kFormatMaxHeaderBytes = 100000000;
constexpr int64_t kMaxRank = 6;
constexpr int64_t kJsonEntriesPerTensor = 1 + 3 + kMaxRank + 2;
constexpr char kMetadataKey[] = "__metadata__";

struct DTypeInfo {
  const char* name;
  int64_t bytes;
};
// In the order of SafeDType.
constexpr DTypeInfo kDTypes[] = {{"F64", 8}, {"I64", 8}, {"U64", 8},  {"F32", 4}, {"I32", 4},
                                 {"U32", 4}, {"F16", 2}, {"BF16", 2}, {"I16", 2}, {"U16", 2},
                                 {"I8", 1},  {"U8", 1},  {"BOOL", 1}};

[[noreturn]] void Refuse(const std::string& file, const std::string& rule) {
  throw BadInput(file + ": " + rule +
                 "; the file is damaged or not safetensors: fetch or export it again");
}

[[noreturn]] void RefuseCost(const std::string& file, const std::string& what, int64_t limit) {
  throw BadInput(file + ": " + what + ", more than the limit of " + std::to_string(limit) +
                 "; check that it is the file you mean");
}

// Judges one entry of the header; every complaint names file, tensor and rule.
class EntryJudge {
 public:
  EntryJudge(const std::string& file, const std::string& tensor) : file_(file), tensor_(tensor) {}

  [[noreturn]] void Refuse(const std::string& rule) const {
    slim::Refuse(file_, "tensor " + Quoted(tensor_) + ": " + rule);
  }

  SafeTensor Judge(const json& entry, int64_t data_bytes) const {
    if (!entry.is_object()) Refuse("its entry must be an object");
    for (const auto& field : entry.items()) {
      const std::string& key = field.key();
      if (key != "dtype" && key != "shape" && key != "data_offsets") {
        Refuse("unknown field " + Quoted(key) + ", the format has dtype, shape and data_offsets");
      }
    }
    SafeTensor tensor;
    tensor.name = tensor_;
    tensor.dtype = JudgeDType(Field(entry, "dtype"));
    tensor.shape = JudgeIntegers(Field(entry, "shape"), "shape");
    if (static_cast<int64_t>(tensor.shape.size()) > kMaxRank) {
      Refuse("shape has " + std::to_string(tensor.shape.size()) + " dimensions, more than " +
             std::to_string(kMaxRank));
    }
    const std::vector<int64_t> offsets =
        JudgeIntegers(Field(entry, "data_offsets"), "data_offsets");
    if (offsets.size() != 2) Refuse("data_offsets must be [begin, end]");
    tensor.begin = offsets[0];
    tensor.end = offsets[1];
    const std::string range =
        "[" + std::to_string(tensor.begin) + ", " + std::to_string(tensor.end) + "]";
    if (tensor.begin > tensor.end) Refuse("data_offsets " + range + " end before they begin");
    if (tensor.end > data_bytes) {
      Refuse("data_offsets " + range + " end after the data of " + std::to_string(data_bytes) +
             " bytes");
    }
    const int64_t bytes = CheckedBytes(tensor.dtype, tensor.shape);
    if (bytes < 0) Refuse("the product of its shape overflows 63 bits");
    if (bytes != tensor.end - tensor.begin) {
      Refuse("dtype and shape make " + std::to_string(bytes) + " bytes, data_offsets " + range +
             " hold " + std::to_string(tensor.end - tensor.begin));
    }
    return tensor;
  }

 private:
  const json& Field(const json& entry, const char* key) const {
    const auto field = entry.find(key);
    if (field == entry.end()) Refuse(std::string("field ") + key + " is missing");
    return *field;
  }

  SafeDType JudgeDType(const json& value) const {
    if (!value.is_string()) Refuse("dtype must be a string");
    std::string known;
    for (size_t i = 0; i < std::size(kDTypes); ++i) {
      if (value.get_ref<const std::string&>() == kDTypes[i].name) return static_cast<SafeDType>(i);
      known += std::string(i == 0 ? "" : " ") + kDTypes[i].name;
    }
    Refuse("unknown dtype " + Quoted(value.get_ref<const std::string&>()) + ", known are " + known);
  }

  std::vector<int64_t> JudgeIntegers(const json& value, const std::string& field) const {
    if (!value.is_array()) Refuse(field + " must be an array");
    std::vector<int64_t> integers;
    for (const json& element : value) {
      if (!element.is_number_unsigned() ||
          element.get<uint64_t>() > static_cast<uint64_t>(INT64_MAX)) {
        Refuse(field + " must hold whole numbers from 0 to 2^63 - 1");
      }
      integers.push_back(element.get<int64_t>());
    }
    return integers;
  }

  const std::string& file_;
  const std::string& tensor_;
};

SafeMetadata JudgeMetadata(const std::string& file, const json& entries) {
  if (!entries.is_object()) Refuse(file, "__metadata__ must be an object");
  SafeMetadata metadata;
  for (const auto& entry : entries.items()) {
    if (!entry.value().is_string()) {
      Refuse(file, "__metadata__ " + Quoted(entry.key()) + ": the value must be a string");
    }
    metadata[entry.key()] = entry.value().get<std::string>();
  }
  return metadata;
}

// Sorts the tensors by their place and lets them cover the data exactly once.
void JudgeCover(const std::string& file, int64_t data_bytes, std::vector<SafeTensor>* tensors) {
  std::sort(tensors->begin(), tensors->end(), [](const SafeTensor& a, const SafeTensor& b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  int64_t covered = 0;
  for (const SafeTensor& tensor : *tensors) {
    const std::string places = "begins at byte " + std::to_string(tensor.begin) +
                               " of the data, the one before it ends at " + std::to_string(covered);
    if (tensor.begin < covered)
      Refuse(file, "tensor " + Quoted(tensor.name) + ": overlap: it " + places);
    if (tensor.begin > covered)
      Refuse(file, "tensor " + Quoted(tensor.name) + ": gap: it " + places);
    covered = tensor.end;
  }
  if (covered != data_bytes) {
    Refuse(file, "the tensors cover " + std::to_string(covered) + " bytes of the " +
                     std::to_string(data_bytes) + " bytes of data");
  }
}

}  // namespace

const char* Name(SafeDType dtype) { return kDTypes[static_cast<size_t>(dtype)].name; }
int64_t BytesPerElement(SafeDType dtype) { return kDTypes[static_cast<size_t>(dtype)].bytes; }

int64_t CheckedBytes(SafeDType dtype, const std::vector<int64_t>& shape) {
  int64_t product = BytesPerElement(dtype);
  bool empty = false;
  for (const int64_t size : shape) {
    if (size < 0) return -1;
    if (size == 0) empty = true;
    if (size > 0 && __builtin_mul_overflow(product, size, &product)) return -1;
  }
  return empty ? 0 : product;
}

int64_t JudgeSafeTensorsLength(const std::string& file, const uint8_t* first, int64_t file_bytes,
                               const SafeTensorsLimits& limits) {
  const int64_t after = file_bytes - kSafeTensorsLengthBytes;
  if (after < 0) {
    Refuse(file,
           "has " + std::to_string(file_bytes) + " bytes, too few for the 8-byte header length");
  }
  uint64_t length;
  memcpy(&length, first, sizeof length);
  const std::string what = "the header length at byte 0 is " + std::to_string(length);
  if (length > static_cast<uint64_t>(after)) {
    Refuse(file, what + ", but only " + std::to_string(after) + " bytes follow it");
  }
  const int64_t limit = std::min(limits.max_header_bytes, kFormatMaxHeaderBytes);
  if (static_cast<int64_t>(length) > limit) RefuseCost(file, what, limit);
  return static_cast<int64_t>(length);
}

SafeTensorsHeader ParseSafeTensorsHeader(const std::string& file, const std::string& text,
                                         int64_t data_bytes, const SafeTensorsLimits& limits) {
  if (data_bytes > limits.max_data_bytes) {
    RefuseCost(file, "the data has " + std::to_string(data_bytes) + " bytes",
               limits.max_data_bytes);
  }
  if (text.empty() || text[0] != '{') Refuse(file, "the header at byte 8 must begin with {");
  JsonLimits json_limits;
  json_limits.max_bytes = std::min(limits.max_header_bytes, kFormatMaxHeaderBytes);
  json_limits.max_entries = limits.max_entries * kJsonEntriesPerTensor;
  const json entries =
      ParseJson(file, text.data(), text.size(), json_limits, kSafeTensorsLengthBytes);

  SafeTensorsHeader header;
  const auto metadata = entries.find(kMetadataKey);
  if (metadata != entries.end()) header.metadata = JudgeMetadata(file, *metadata);
  const int64_t count = static_cast<int64_t>(entries.size() + header.metadata.size());
  if (count > limits.max_entries) {
    RefuseCost(file, "the header has " + std::to_string(count) + " entries", limits.max_entries);
  }
  const auto checksum = header.metadata.find(kSafeTensorsChecksumKey);
  if (checksum != header.metadata.end()) {
    header.checksum = checksum->second;
    if (header.checksum.size() != 8) {
      Refuse(file, "__metadata__ \"slimsplit.crc32\" must be eight hexadecimal digits");
    }
    header.metadata.erase(checksum);
  }
  for (const auto& entry : entries.items()) {
    if (entry.key() == kMetadataKey) continue;
    header.tensors.push_back(EntryJudge(file, entry.key()).Judge(entry.value(), data_bytes));
  }
  JudgeCover(file, data_bytes, &header.tensors);
  return header;
}

std::string SafeTensorsHeaderText(const SafeMetadata& metadata,
                                  const std::vector<SafeTensor>& tensors) {
  // By hand, because the order of the tensors matters.
  std::string text = "{";
  if (!metadata.empty()) text += std::string("\"") + kMetadataKey + "\":" + json(metadata).dump();
  for (const SafeTensor& tensor : tensors) {
    if (text.size() > 1) text += ",";
    text += json(tensor.name).dump() + ":{\"dtype\":\"" + Name(tensor.dtype) +
            "\",\"shape\":" + json(tensor.shape).dump() + ",\"data_offsets\":[" +
            std::to_string(tensor.begin) + "," + std::to_string(tensor.end) + "]}";
  }
  return text + "}";
}

}  // namespace slim
