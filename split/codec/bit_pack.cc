#include "split/codec/bit_pack.h"

#include "core/shape.h"

namespace slim {
namespace {

// Eight symbols are one word of eight bytes, the first the most significant. Three steps draw
// neighbours together: pairs, pairs of pairs, the two halves. The last 8 * kBits bits remain.
template <int kBits>
uint64_t Gather(uint64_t word) {
  word &= 0x0101010101010101u * ((1u << kBits) - 1);
  word = (word & 0xff00ff00ff00ff00u) >> (8 - kBits) | (word & 0x00ff00ff00ff00ffu);
  word = (word & 0xffff0000ffff0000u) >> (16 - 2 * kBits) | (word & 0x0000ffff0000ffffu);
  return word >> 32 << (4 * kBits) | (word & 0xffffffffu);
}

// The way back.
template <int kBits>
uint64_t Spread(uint64_t word) {
  constexpr uint64_t kFour = (uint64_t{1} << (4 * kBits)) - 1;
  constexpr uint64_t kTwo = ((uint64_t{1} << (2 * kBits)) - 1) * 0x0000000100000001u;
  constexpr uint64_t kOne = ((uint64_t{1} << kBits) - 1) * 0x0001000100010001u;
  word = (word >> (4 * kBits) & kFour) << 32 | (word & kFour);
  word = (word >> (2 * kBits) & kTwo) << 16 | (word & kTwo);
  return (word >> kBits & kOne) << 8 | (word & kOne);
}

template <int kBytes>
uint64_t LoadBe(const uint8_t* bytes) {
  uint64_t word = 0;
  for (int i = 0; i < kBytes; ++i) word = word << 8 | bytes[i];
  return word;
}

template <int kBytes>
void StoreBe(uint8_t* bytes, uint64_t word) {
  for (int i = 0; i < kBytes; ++i) bytes[i] = static_cast<uint8_t>(word >> 8 * (kBytes - 1 - i));
}

template <int kBits>
void Pack(const uint8_t* symbols, int64_t count, uint8_t* out) {
  for (; count >= 8; count -= 8, symbols += 8, out += kBits) {
    StoreBe<kBits>(out, Gather<kBits>(LoadBe<8>(symbols)));
  }
  uint8_t last[8] = {}, packed[8];
  for (int64_t i = 0; i < count; ++i) last[i] = symbols[i];
  StoreBe<kBits>(packed, Gather<kBits>(LoadBe<8>(last)));
  for (int64_t i = 0; i < PackedBytes(count, kBits); ++i) out[i] = packed[i];
}

// False when the bits after the last symbol are not 0.
template <int kBits>
bool Unpack(const uint8_t* bytes, uint8_t* symbols, int64_t count) {
  for (; count >= 8; count -= 8, symbols += 8, bytes += kBits) {
    StoreBe<8>(symbols, Spread<kBits>(LoadBe<kBits>(bytes)));
  }
  uint8_t packed[8] = {}, last[8];
  for (int64_t i = 0; i < PackedBytes(count, kBits); ++i) packed[i] = bytes[i];
  const uint64_t word = LoadBe<kBits>(packed);
  StoreBe<8>(last, Spread<kBits>(word));
  for (int64_t i = 0; i < count; ++i) symbols[i] = last[i];
  const int left = kBits * (8 - static_cast<int>(count));  // bits, the zero bytes included
  return left == 64 || (word & ((uint64_t{1} << left) - 1)) == 0;
}

using PackFunction = void (*)(const uint8_t*, int64_t, uint8_t*);
using UnpackFunction = bool (*)(const uint8_t*, uint8_t*, int64_t);
constexpr PackFunction kPack[] = {Pack<1>, Pack<2>, Pack<3>, Pack<4>,
                                  Pack<5>, Pack<6>, Pack<7>, Pack<8>};
constexpr UnpackFunction kUnpack[] = {Unpack<1>, Unpack<2>, Unpack<3>, Unpack<4>,
                                      Unpack<5>, Unpack<6>, Unpack<7>, Unpack<8>};

}  // namespace

int64_t PackedBytes(int64_t count, int bits) {
  const int64_t whole = SaturatingMul(count / 8, bits);
  const int64_t rest = (count % 8 * bits + 7) / 8;
  return whole > INT64_MAX - rest ? INT64_MAX : whole + rest;
}

Status PackBits(const uint8_t* symbols, int64_t count, int bits, uint8_t* out, int64_t capacity) {
  if (bits < 1 || bits > 8) return Invalid("bit pack: bits outside 1..8", bits);
  const int64_t size = PackedBytes(count, bits);
  if (capacity < size) return TooSmall("bit pack: the symbols do not fit", size);
  kPack[bits - 1](symbols, count, out);
  return OkStatus();
}

Status UnpackBits(const uint8_t* bytes, int64_t size, int bits, uint8_t* symbols, int64_t count) {
  if (bits < 1 || bits > 8) return Invalid("bit pack: bits outside 1..8", bits);
  if (size != PackedBytes(count, bits)) {
    return Invalid("bit pack: other bytes than these symbols take", size);
  }
  if (!kUnpack[bits - 1](bytes, symbols, count)) {
    return Invalid("bit pack: bits after the last symbol are not 0", size - 1);
  }
  return OkStatus();
}

}  // namespace slim
