// Integers in bytes, the least significant byte first, at any address and on any machine.
#ifndef SLIMSPLIT_SPLIT_CODEC_LITTLE_ENDIAN_H_
#define SLIMSPLIT_SPLIT_CODEC_LITTLE_ENDIAN_H_

#include <stdint.h>

namespace slim {

inline uint16_t LoadLe16(const uint8_t* bytes) {
  return static_cast<uint16_t>(bytes[0] | bytes[1] << 8);
}
inline uint32_t LoadLe32(const uint8_t* bytes) {
  return LoadLe16(bytes) | static_cast<uint32_t>(LoadLe16(bytes + 2)) << 16;
}
inline uint64_t LoadLe64(const uint8_t* bytes) {
  return LoadLe32(bytes) | static_cast<uint64_t>(LoadLe32(bytes + 4)) << 32;
}

inline void StoreLe16(uint8_t* bytes, uint16_t value) {
  bytes[0] = static_cast<uint8_t>(value);
  bytes[1] = static_cast<uint8_t>(value >> 8);
}
inline void StoreLe32(uint8_t* bytes, uint32_t value) {
  StoreLe16(bytes, static_cast<uint16_t>(value));
  StoreLe16(bytes + 2, static_cast<uint16_t>(value >> 16));
}
inline void StoreLe64(uint8_t* bytes, uint64_t value) {
  StoreLe32(bytes, static_cast<uint32_t>(value));
  StoreLe32(bytes + 4, static_cast<uint32_t>(value >> 32));
}

}  // namespace slim

#endif  // SLIMSPLIT_SPLIT_CODEC_LITTLE_ENDIAN_H_
