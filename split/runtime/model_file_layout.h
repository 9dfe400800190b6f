// The numbers of the layout that model_file.h draws, for those who read and write it.
#ifndef SLIMSPLIT_SPLIT_RUNTIME_MODEL_FILE_LAYOUT_H_
#define SLIMSPLIT_SPLIT_RUNTIME_MODEL_FILE_LAYOUT_H_

#include <stdint.h>

namespace slim {
namespace model_file {

constexpr uint32_t Tag(const char (&text)[5]) {
  return static_cast<uint32_t>(text[0]) | static_cast<uint32_t>(text[1]) << 8 |
         static_cast<uint32_t>(text[2]) << 16 | static_cast<uint32_t>(text[3]) << 24;
}

inline constexpr uint32_t kMagic = Tag("slmM");
inline constexpr uint16_t kVersion = 1;
inline constexpr int kVersionAt = 4, kPartAt = 6, kNormalisedAt = 7, kBytesAt = 8, kDigestAt = 16,
                     kCrcAt = 24, kRowsAt = 28, kSpacesAt = 30, kNodesAt = 32, kClassesAt = 34,
                     kParametersAt = 36, kHeaderBytes = 40;
inline constexpr int kRecordBytes = 24;  // of a parameter
inline constexpr int kMostRows = 256;
inline constexpr uint64_t kMostMacs = uint64_t{1} << 50;

enum class FieldType : uint8_t { kInteger = 0, kFloat = 1, kSpace = 2 };

}  // namespace model_file
}  // namespace slim

#endif  // SLIMSPLIT_SPLIT_RUNTIME_MODEL_FILE_LAYOUT_H_
