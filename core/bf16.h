// Bf16: the upper half of a float, in which activations and their gradients can be stored: half the
// memory, 8 bits of precision, the range of a float. Arithmetic is in float.
#ifndef SLIMSPLIT_CORE_BF16_H_
#define SLIMSPLIT_CORE_BF16_H_

#include <stdint.h>
#include <string.h>

namespace slim {

struct Bf16 {
  uint16_t bits;

  Bf16() = default;
  // The nearest, of two equally near the even one; a NaN stays one.
  Bf16(float value) {  // NOLINT(google-explicit-constructor)
    uint32_t whole;
    memcpy(&whole, &value, sizeof(whole));
    const uint32_t rounded = whole + 0x7fff + (whole >> 16 & 1);
    bits = static_cast<uint16_t>((value == value ? rounded : whole | 0x400000) >> 16);
  }
  operator float() const {  // NOLINT(google-explicit-constructor)
    const uint32_t whole = static_cast<uint32_t>(bits) << 16;
    float value;
    memcpy(&value, &whole, sizeof(value));
    return value;
  }
};

// What numbers stored as T are computed in, and what parameters are.
template <class T>
struct RealOf {
  using Type = T;
};
template <>
struct RealOf<Bf16> {
  using Type = float;
};
template <class T>
using Real = typename RealOf<T>::Type;

}  // namespace slim

#endif  // SLIMSPLIT_CORE_BF16_H_
