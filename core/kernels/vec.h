// Vec: the compiler's float vector of the instruction set that this file is compiled for.
//
// Only for the kernel sources that are compiled once per instruction set: everything here has
// internal linkage, so that no function compiled for a newer CPU can be picked by the linker for an
// older one. For the same reason those sources include no other header with inline functions that
// they call.
#ifndef SLIMSPLIT_CORE_KERNELS_VEC_H_
#define SLIMSPLIT_CORE_KERNELS_VEC_H_

#include <stdint.h>
#include <string.h>

#if defined(__AVX512F__) || defined(__AVX2__)
#include <immintrin.h>
#endif

#include "core/bf16.h"
#include "core/kernels/lanes.h"

namespace slim {
namespace {

using Vec = float __attribute__((vector_size(kLanes * 4)));
// A typedef: clang 14 drops the alignment from an alias declaration.
typedef float VecUnaligned __attribute__((vector_size(kLanes * 4), aligned(4), may_alias));

inline Vec Load(const float* p) { return *reinterpret_cast<const VecUnaligned*>(p); }
inline void Store(float* p, Vec v) { *reinterpret_cast<VecUnaligned*>(p) = v; }
// All lanes = value. (`value - Vec{}`: with `+` the compiler must keep an addition for the sake of
// -0.)
inline Vec Splat(float value) { return value - Vec{}; }

#if defined(__AVX512F__)
inline __mmask16 FirstLanes(int n) { return static_cast<__mmask16>((1u << n) - 1); }
inline Vec LoadFirst(const float* p, int n) { return _mm512_maskz_loadu_ps(FirstLanes(n), p); }
inline void StoreFirst(float* p, Vec v, int n) { _mm512_mask_storeu_ps(p, FirstLanes(n), v); }
#elif defined(__AVX2__)
inline __m256i FirstLanes(int n) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
inline Vec LoadFirst(const float* p, int n) { return _mm256_maskload_ps(p, FirstLanes(n)); }
// A masked store takes a dozen cycles on Zen.
inline void StoreFirst(float* p, Vec v, int n) {
  __m128 part = _mm256_castps256_ps128(v);
  if (n & 4) {
    _mm_storeu_ps(p, part);
    part = _mm256_extractf128_ps(v, 1);
    p += 4;
  }
  if (n & 2) {
    _mm_storel_pi(reinterpret_cast<__m64*>(p), part);
    part = _mm_movehl_ps(part, part);
    p += 2;
  }
  if (n & 1) _mm_store_ss(p, part);
}
#else
// NEON, and whatever else there is: lanes one by one, as a variable index would go through memory.
inline Vec LoadFirst(const float* p, int n) {
  return Vec{n > 0 ? p[0] : 0, n > 1 ? p[1] : 0, n > 2 ? p[2] : 0, n > 3 ? p[3] : 0};
}
inline void StoreFirst(float* p, Vec v, int n) {
  if (n > 0) p[0] = v[0];
  if (n > 1) p[1] = v[1];
  if (n > 2) p[2] = v[2];
  if (n > 3) p[3] = v[3];
}
#endif

// Loads and stores of Bf16, widened to floats and rounded from them. (Not by Bf16's own functions,
// which the linker could take from here for another CPU.)
typedef uint32_t Words __attribute__((vector_size(kLanes * 4)));
typedef uint16_t Halves __attribute__((vector_size(kLanes * 2), aligned(2), may_alias));

template <class FloatVector, class Words, class Halves>
inline FloatVector WidenTo(Halves h) {
  return reinterpret_cast<FloatVector>(__builtin_convertvector(h, Words) << 16);
}
template <class Words, class Halves, class FloatVector>
inline Halves NarrowTo(FloatVector v) {
  const Words whole = reinterpret_cast<Words>(v);
  const Words rounded = v == v ? whole + 0x7fff + (whole >> 16 & 1) : whole | 0x400000;
  return __builtin_convertvector(rounded >> 16, Halves);
}
inline Halves ToHalves(Vec v) {
#if defined(__AVX512BF16__)
  return reinterpret_cast<Halves>(_mm512_cvtneps_pbh(v));
#else
  return NarrowTo<Words, Halves>(v);
#endif
}
inline Vec Load(const Bf16* p) { return WidenTo<Vec, Words>(*reinterpret_cast<const Halves*>(p)); }
inline void Store(Bf16* p, Vec v) { *reinterpret_cast<Halves*>(p) = ToHalves(v); }
#if defined(__AVX512F__)
inline Vec LoadFirst(const Bf16* p, int n) {
  return WidenTo<Vec, Words>(reinterpret_cast<Halves>(_mm256_maskz_loadu_epi16(FirstLanes(n), p)));
}
inline void StoreFirst(Bf16* p, Vec v, int n) {
  _mm256_mask_storeu_epi16(p, FirstLanes(n), reinterpret_cast<__m256i>(ToHalves(v)));
}
#else
// Lanes one by one would go through memory: in fours, twos and ones of a 64-bit number, which holds
// the first lane in its lowest bits.
typedef uint64_t Bits64 __attribute__((aligned(2), may_alias));
typedef uint32_t Bits32 __attribute__((aligned(2), may_alias));
inline Vec LoadFirst(const Bf16* p, int n) {
  uint64_t fours[kLanes / 4] = {};
  int quad = 0;
  for (; quad < n / 4; ++quad) fours[quad] = *reinterpret_cast<const Bits64*>(p + 4 * quad);
  uint64_t rest = 0;
  p += n / 4 * 4 + (n & 3);
  if (n & 1) rest = (--p)->bits;
  if (n & 2) rest = rest << 32 | *reinterpret_cast<const Bits32*>(p - 2);
  if (quad < kLanes / 4) fours[quad] = rest;
  Halves h;
  memcpy(&h, fours, sizeof(h));
  return WidenTo<Vec, Words>(h);
}
inline void StoreFirst(Bf16* p, Vec v, int n) {
  const Halves h = ToHalves(v);
  uint64_t fours[kLanes / 4];
  memcpy(fours, &h, sizeof(h));
  int quad = 0;
  for (; quad < n / 4; ++quad, p += 4) *reinterpret_cast<Bits64*>(p) = fours[quad];
  if ((n & 3) == 0) return;
  uint64_t rest = fours[quad];
  if (n & 2) {
    *reinterpret_cast<Bits32*>(p) = static_cast<uint32_t>(rest);
    rest >>= 32;
    p += 2;
  }
  if (n & 1) p->bits = static_cast<uint16_t>(rest);
}
#endif
inline Vec Splat(Bf16 value) {
  return reinterpret_cast<Vec>((uint32_t{value.bits} << 16) - Words{});
}

// One number.
inline float Read(const float* p) { return *p; }
inline void Write(float* p, float value) { *p = value; }
inline float Read(const Bf16* p) { return Splat(*p)[0]; }
inline void Write(Bf16* p, float value) { p->bits = ToHalves(Splat(value))[0]; }

// Four floats, of which a vector holds several.
inline constexpr int kQuads = kLanes / 4;
typedef float Quad __attribute__((vector_size(16), aligned(4), may_alias));

inline Quad LoadQuad(const float* p) { return *reinterpret_cast<const Quad*>(p); }
inline void StoreQuad(float* p, Quad q) { *reinterpret_cast<Quad*>(p) = q; }
typedef uint32_t QuadWords __attribute__((vector_size(16)));
typedef uint16_t QuadHalves __attribute__((vector_size(8), aligned(2), may_alias));
inline Quad LoadQuad(const Bf16* p) {
  return WidenTo<Quad, QuadWords>(*reinterpret_cast<const QuadHalves*>(p));
}
inline void StoreQuad(Bf16* p, Quad q) {
  *reinterpret_cast<QuadHalves*>(p) = NarrowTo<QuadWords, QuadHalves>(q);
}

// LoadQuads: the quads at p[0] + offset, p[1] + offset, ... QuadOf: one of the quads.
#if defined(__AVX512F__)
template <class S>
inline Vec LoadQuads(const S* const* p, int64_t offset) {
  const auto low = __builtin_shufflevector(LoadQuad(p[0] + offset), LoadQuad(p[1] + offset), 0, 1,
                                           2, 3, 4, 5, 6, 7);
  const auto high = __builtin_shufflevector(LoadQuad(p[2] + offset), LoadQuad(p[3] + offset), 0, 1,
                                            2, 3, 4, 5, 6, 7);
  return __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}
template <int kIndex>
inline Quad QuadOf(Vec v) {
  constexpr int i = 4 * kIndex;
  return __builtin_shufflevector(v, v, i, i + 1, i + 2, i + 3);
}
#elif defined(__AVX2__)
template <class S>
inline Vec LoadQuads(const S* const* p, int64_t offset) {
  return __builtin_shufflevector(LoadQuad(p[0] + offset), LoadQuad(p[1] + offset), 0, 1, 2, 3, 4, 5,
                                 6, 7);
}
template <int kIndex>
inline Quad QuadOf(Vec v) {
  constexpr int i = 4 * kIndex;
  return __builtin_shufflevector(v, v, i, i + 1, i + 2, i + 3);
}
#else
template <class S>
inline Vec LoadQuads(const S* const* p, int64_t offset) {
  return LoadQuad(p[0] + offset);
}
template <int kIndex>
inline Quad QuadOf(Vec v) {
  return v;
}
#endif

// Stores quad kIndex and those after it, each at its place.
template <int kIndex, class S>
inline void StoreQuads(Vec v, S* const* to) {
  if constexpr (kIndex < kQuads) {
    StoreQuad(to[kIndex], QuadOf<kIndex>(v));
    StoreQuads<kIndex + 1>(v, to);
  }
}

// Four vectors as 4 x 4 numbers in each quad: exchanges rows (vectors) and columns (lanes).
inline void TransposeQuads(Vec v[4]) {
#if defined(__AVX512F__)
  const auto pairs = [](Vec a, Vec b) {
    return __builtin_shufflevector(a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29);
  };
  const auto last_pairs = [](Vec a, Vec b) {
    return __builtin_shufflevector(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15,
                                   31);
  };
  const auto halves = [](Vec a, Vec b) {
    return __builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
  };
  const auto last_halves = [](Vec a, Vec b) {
    return __builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30,
                                   31);
  };
#elif defined(__AVX2__)
  const auto pairs = [](Vec a, Vec b) {
    return __builtin_shufflevector(a, b, 0, 8, 1, 9, 4, 12, 5, 13);
  };
  const auto last_pairs = [](Vec a, Vec b) {
    return __builtin_shufflevector(a, b, 2, 10, 3, 11, 6, 14, 7, 15);
  };
  const auto halves = [](Vec a, Vec b) {
    return __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13);
  };
  const auto last_halves = [](Vec a, Vec b) {
    return __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15);
  };
#else
  const auto pairs = [](Vec a, Vec b) { return __builtin_shufflevector(a, b, 0, 4, 1, 5); };
  const auto last_pairs = [](Vec a, Vec b) { return __builtin_shufflevector(a, b, 2, 6, 3, 7); };
  const auto halves = [](Vec a, Vec b) { return __builtin_shufflevector(a, b, 0, 1, 4, 5); };
  const auto last_halves = [](Vec a, Vec b) { return __builtin_shufflevector(a, b, 2, 3, 6, 7); };
#endif
  const Vec a = pairs(v[0], v[1]), b = last_pairs(v[0], v[1]);
  const Vec c = pairs(v[2], v[3]), d = last_pairs(v[2], v[3]);
  v[0] = halves(a, c);
  v[1] = last_halves(a, c);
  v[2] = halves(b, d);
  v[3] = last_halves(b, d);
}

// The n <= kLanes lanes at p; whole vectors take the fast way.
template <class S>
inline Vec LoadUpTo(const S* p, int64_t n) {
  return n >= kLanes ? Load(p) : LoadFirst(p, static_cast<int>(n));
}
template <class S>
inline void StoreUpTo(S* p, Vec v, int64_t n) {
  if (n >= kLanes) {
    Store(p, v);
  } else {
    StoreFirst(p, v, static_cast<int>(n));
  }
}

// Masks: all lanes on or off, and what is left of a vector under one (0 where it is off).
typedef int32_t LaneBits __attribute__((vector_size(kLanes * 4)));
inline Vec Mask(bool on) { return reinterpret_cast<Vec>(LaneBits{} - on); }
inline Vec And(Vec v, Vec mask) {
  return reinterpret_cast<Vec>(reinterpret_cast<LaneBits>(v) & reinterpret_cast<LaneBits>(mask));
}

// NaN passes through, so that a diverging network is seen.
inline Vec Limit(Vec v, Vec low, Vec high) {
  v = v < low ? low : v;
  return v > high ? high : v;
}

}  // namespace
}  // namespace slim

#endif  // SLIMSPLIT_CORE_KERNELS_VEC_H_
