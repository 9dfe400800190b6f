// The exponential function of a vector, for the kernel sources that are compiled once per
// instruction set.
#ifndef SLIMSPLIT_CORE_KERNELS_VEC_EXP_H_
#define SLIMSPLIT_CORE_KERNELS_VEC_EXP_H_

#include "core/kernels/vec.h"

namespace slim {
namespace {

using IntVec = int32_t __attribute__((vector_size(kLanes * 4)));

// e^x = 2^n e^r with n whole and |r| <= ln(2) / 2, e^r by a polynomial (Cephes, expf): within 2
// units in the last place. Arguments beyond +-87 count as 87, so that 2^n stays a normal number.
inline Vec Exp(Vec x) {
  x = Limit(x, Splat(-87), Splat(87));
  const Vec magic = Splat(12582912.f);  // 1.5 * 2^23: adding it rounds to a whole number
  const Vec n = x * Splat(1.44269504f) + magic - magic;
  const Vec r = x - n * Splat(0.693359375f) - n * Splat(-2.12194440e-4f);
  Vec p = Splat(1.9875691500e-4f);
  p = p * r + Splat(1.3981999507e-3f);
  p = p * r + Splat(8.3334519073e-3f);
  p = p * r + Splat(4.1665795894e-2f);
  p = p * r + Splat(1.6666665459e-1f);
  p = p * r + Splat(5.0000001201e-1f);
  p = p * (r * r) + r + Splat(1);
  const IntVec exponent = (__builtin_convertvector(n, IntVec) + 127) << 23;
  return p * reinterpret_cast<Vec>(exponent);
}

inline Vec SwishOf(Vec x) { return x / (Splat(1) + Exp(-x)); }

}  // namespace
}  // namespace slim

#endif  // SLIMSPLIT_CORE_KERNELS_VEC_EXP_H_
