// Crc32: the checksum of gzip, PNG and zlib, so that any tool can check what this project writes.
//
// Polynomial 0xedb88320 (reflected), start and end inverted (ISO 3309). It finds every error of up
// to 32 neighbouring bits; it is no protection against somebody who means harm.
#ifndef SLIMSPLIT_CORE_CRC32_H_
#define SLIMSPLIT_CORE_CRC32_H_

#include <stdint.h>

namespace slim {

// The checksum of `size` bytes that follow those whose checksum is `before` (0: none):
// Crc32(ab) = Crc32(b, Crc32(a)).
uint32_t Crc32(const uint8_t* bytes, int64_t size, uint32_t before = 0);

}  // namespace slim

#endif  // SLIMSPLIT_CORE_CRC32_H_
