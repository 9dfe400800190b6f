// Symbols of b bits (1..8) side by side: symbol i is bits [i*b, (i+1)*b) of the bytes, counted from
// the most significant bit of byte 0. Bits left in the last byte are 0.
#ifndef SLIMSPLIT_SPLIT_CODEC_BIT_PACK_H_
#define SLIMSPLIT_SPLIT_CODEC_BIT_PACK_H_

#include <stdint.h>

#include "core/status.h"

namespace slim {

// ceil(count * bits / 8); INT64_MAX when that does not fit.
int64_t PackedBytes(int64_t count, int bits);

// Fills out[0, PackedBytes(count, bits)) with the lowest `bits` bits of each symbol. kTooSmall when
// `capacity` is less.
Status PackBits(const uint8_t* symbols, int64_t count, int bits, uint8_t* out, int64_t capacity);

// Fills symbols[0, count). Anything but PackedBytes(count, bits) bytes that end in 0 bits is
// kInvalid.
Status UnpackBits(const uint8_t* bytes, int64_t size, int bits, uint8_t* symbols, int64_t count);

}  // namespace slim

#endif  // SLIMSPLIT_SPLIT_CODEC_BIT_PACK_H_
