// What the integer kernels need of an instruction set: sums of products of bytes in vectors of
// 32-bit integers. As vec.h, only for sources that are compiled once per instruction set.
#ifndef SLIMSPLIT_CORE_KERNELS_INT8_VEC_H_
#define SLIMSPLIT_CORE_KERNELS_INT8_VEC_H_

#include <stdint.h>
#include <string.h>

#if defined(__AVX2__)
#include <immintrin.h>
#else
#include <arm_neon.h>
#endif

#include "core/kernels/lanes.h"

namespace slim {
namespace {

using IntVec = int32_t __attribute__((vector_size(kLanes * 4)));
using Bytes = int8_t __attribute__((vector_size(kLanes)));
using Shorts = int16_t __attribute__((vector_size(kLanes * 2)));
using Bytes16 = int8_t __attribute__((vector_size(16)));
using Shorts16 = int16_t __attribute__((vector_size(32)));

template <class V, class T>
inline V LoadAs(const T* p) {
  V v;
  memcpy(&v, p, sizeof(v));
  return v;
}
template <class V, class T>
inline void StoreAs(T* p, V v) {
  memcpy(p, &v, sizeof(v));
}
// The first n <= lanes elements at p, then `rest`.
template <class V, class T>
inline V LoadUpTo(const T* p, int64_t n, T rest) {
  constexpr int64_t kCount = sizeof(V) / sizeof(T);
  if (n >= kCount) return LoadAs<V>(p);
  T elements[kCount];
  for (int64_t i = 0; i < kCount; ++i) elements[i] = i < n ? p[i] : rest;
  return LoadAs<V>(elements);
}
inline IntVec Splat(int32_t value) { return value - IntVec{}; }

// Wider and narrower numbers, with intrinsics as GCC 12 converts vectors in parts.
#if defined(__AVX512VNNI__)
inline Shorts Widen(Bytes v) {
  return reinterpret_cast<Shorts>(_mm256_cvtepi8_epi16(reinterpret_cast<__m128i>(v)));
}
inline IntVec Widen(Shorts v) {
  return reinterpret_cast<IntVec>(
      _mm512_maskz_cvtepi16_epi32(0xffff, reinterpret_cast<__m256i>(v)));
}
inline Bytes Narrow(IntVec v) {
  return reinterpret_cast<Bytes>(_mm512_maskz_cvtepi32_epi8(0xffff, reinterpret_cast<__m512i>(v)));
}
#elif defined(__AVX2__)
inline Shorts Widen(Bytes v) {
  int64_t bits;
  memcpy(&bits, &v, sizeof(bits));
  return reinterpret_cast<Shorts>(_mm_cvtepi8_epi16(_mm_cvtsi64_si128(bits)));
}
inline IntVec Widen(Shorts v) {
  return reinterpret_cast<IntVec>(_mm256_cvtepi16_epi32(reinterpret_cast<__m128i>(v)));
}
inline Bytes Narrow(IntVec v) {
  const __m256i x = reinterpret_cast<__m256i>(v);
  const __m128i shorts = _mm_packs_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
  const int64_t bits = _mm_cvtsi128_si64(_mm_packs_epi16(shorts, shorts));
  return LoadAs<Bytes>(&bits);
}
#else
inline Shorts Widen(Bytes v) { return __builtin_convertvector(v, Shorts); }
inline IntVec Widen(Shorts v) { return __builtin_convertvector(v, IntVec); }
inline Bytes Narrow(IntVec v) { return __builtin_convertvector(v, Bytes); }
#endif

// Activations are staged: brought to the form in which Dot takes them, kGroup of them for each sum.
// That form means x - source_zero + OffsetOf(source_zero).
#if defined(__AVX512VNNI__) || defined(__AVXVNNI__)
inline constexpr int kGroup = 4;
using Staged = uint8_t;
inline void Stage(Bytes16 x, int8_t, Staged* to) {
  x ^= static_cast<int8_t>(-128);
  memcpy(to, &x, sizeof(x));
}
inline int32_t OffsetOf(int8_t source_zero) { return source_zero + 128; }
#elif defined(__AVX2__)
inline constexpr int kGroup = 2;
using Staged = int16_t;
inline void Stage(Bytes16 x, int8_t source_zero, Staged* to) {
  const Shorts16 wide =
      reinterpret_cast<Shorts16>(_mm256_cvtepi8_epi16(reinterpret_cast<__m128i>(x))) - source_zero;
  memcpy(to, &wide, sizeof(wide));
}
inline int32_t OffsetOf(int8_t) { return 0; }
#else
#if defined(__ARM_FEATURE_DOTPROD)
inline constexpr int kGroup = 4;
#else
inline constexpr int kGroup = 2;
#endif
using Staged = int8_t;
inline void Stage(Bytes16 x, int8_t, Staged* to) { memcpy(to, &x, sizeof(x)); }
inline int32_t OffsetOf(int8_t source_zero) { return source_zero; }
#endif

// LoadGroup: the staged activations of one group, for every sum. LoadWeights: those of kLanes
// outputs. Dot: sums + products, one group for each sum.
#if defined(__AVX512VNNI__)
inline __m512i LoadGroup(const Staged* x) { return _mm512_set1_epi32(LoadAs<int32_t>(x)); }
inline __m512i LoadWeights(const int8_t* w) { return _mm512_loadu_si512(w); }
inline IntVec Dot(IntVec sums, __m512i x, __m512i w) {
  return reinterpret_cast<IntVec>(_mm512_dpbusd_epi32(reinterpret_cast<__m512i>(sums), x, w));
}
#elif defined(__AVX2__)
inline __m256i LoadGroup(const Staged* x) { return _mm256_set1_epi32(LoadAs<int32_t>(x)); }
#if defined(__AVXVNNI__)
inline __m256i LoadWeights(const int8_t* w) { return LoadAs<__m256i>(w); }
inline IntVec Dot(IntVec sums, __m256i x, __m256i w) {
  return reinterpret_cast<IntVec>(_mm256_dpbusd_avx_epi32(reinterpret_cast<__m256i>(sums), x, w));
}
#else
inline __m256i LoadWeights(const int8_t* w) { return _mm256_cvtepi8_epi16(LoadAs<__m128i>(w)); }
inline IntVec Dot(IntVec sums, __m256i x, __m256i w) {
  return sums + reinterpret_cast<IntVec>(_mm256_madd_epi16(x, w));
}
#endif
#elif defined(__ARM_FEATURE_DOTPROD)
inline int8x8_t LoadGroup(const Staged* x) {
  return vreinterpret_s8_s32(int32x2_t{LoadAs<int32_t>(x), 0});
}
inline int8x16_t LoadWeights(const int8_t* w) { return vld1q_s8(w); }
inline IntVec Dot(IntVec sums, int8x8_t x, int8x16_t w) { return vdotq_lane_s32(sums, w, x, 0); }
#else
inline int8x8_t LoadGroup(const Staged* x) {
  return vreinterpret_s8_s16(vdup_n_s16(LoadAs<int16_t>(x)));
}
inline int8x8_t LoadWeights(const int8_t* w) { return vld1_s8(w); }
inline IntVec Dot(IntVec sums, int8x8_t x, int8x8_t w) { return vpadalq_s16(sums, vmull_s8(x, w)); }
#endif

// The same on 16-bit integers, for Winograd's points, where bytes would be made so wide first.
#if defined(__AVX2__) && !defined(__AVX512VNNI__) && !defined(__AVXVNNI__)
#define SLIM_INT8_POINTS
inline constexpr int kPointGroup = 2;
inline __m256i LoadWeights(const int16_t* w) { return LoadAs<__m256i>(w); }
#elif !defined(__AVX2__) && !defined(__ARM_FEATURE_DOTPROD)
#define SLIM_INT8_POINTS
inline constexpr int kPointGroup = 1;
inline int16x4_t LoadGroup(const int16_t* x) { return vdup_n_s16(*x); }
inline int16x4_t LoadWeights(const int16_t* w) { return vld1_s16(w); }
inline IntVec Dot(IntVec sums, int16x4_t x, int16x4_t w) { return vmlal_s16(sums, x, w); }
#endif
#if defined(SLIM_INT8_POINTS)
inline constexpr int kPointLanes = 2 * kLanes;
using PointVec = int16_t __attribute__((vector_size(kPointLanes * 2)));
using HalfBytes = int8_t __attribute__((vector_size(kPointLanes)));
inline PointVec WidenHalf(HalfBytes v) {
#if defined(__AVX2__)
  return reinterpret_cast<PointVec>(_mm256_cvtepi8_epi16(reinterpret_cast<__m128i>(v)));
#else
  return vmovl_s8(v);
#endif
}
#endif

// One tap of a depthwise kernel: bytes as WidenTap makes them, and the source less its zero, have
// products of at most 255 * 128.
#if defined(__AVX512VNNI__)
inline IntVec WidenTap(Bytes v) {
  return reinterpret_cast<IntVec>(_mm512_maskz_cvtepi8_epi32(0xffff, reinterpret_cast<__m128i>(v)));
}
// Of pairs of 16 bits, the upper ones of w are 0.
inline IntVec AddTap(IntVec sums, IntVec x, IntVec w) {
  return sums + reinterpret_cast<IntVec>(_mm512_madd_epi16(reinterpret_cast<__m512i>(x),
                                                           reinterpret_cast<__m512i>(w & 0xffff)));
}
#elif defined(__AVX2__)
inline IntVec WidenTap(Bytes v) {
  int64_t bits;
  memcpy(&bits, &v, sizeof(bits));
  return reinterpret_cast<IntVec>(_mm256_cvtepi8_epi32(_mm_cvtsi64_si128(bits)));
}
// Of pairs of 16 bits, the upper ones of w are 0.
inline IntVec AddTap(IntVec sums, IntVec x, IntVec w) {
  return sums + reinterpret_cast<IntVec>(_mm256_madd_epi16(reinterpret_cast<__m256i>(x),
                                                           reinterpret_cast<__m256i>(w & 0xffff)));
}
#else
inline Shorts WidenTap(Bytes v) { return Widen(v); }
inline IntVec AddTap(IntVec sums, Shorts x, Shorts w) { return vmlal_s16(sums, x, w); }
#endif

// floor(a * b / 2^31), b >= 0.
#if defined(__AVX2__)
using Longs = uint64_t __attribute__((vector_size(kLanes * 4)));

inline IntVec FractionOf(IntVec a, IntVec b) {
  const Longs x = reinterpret_cast<Longs>(a), y = reinterpret_cast<Longs>(b);
#if defined(__AVX512VNNI__)
  // Masked, as GCC 12 takes the other form's unused operand for a mistake.
  const auto even = reinterpret_cast<Longs>(
      _mm512_maskz_mul_epi32(0xff, reinterpret_cast<__m512i>(x), reinterpret_cast<__m512i>(y)));
  const auto odd = reinterpret_cast<Longs>(_mm512_maskz_mul_epi32(
      0xff, reinterpret_cast<__m512i>(x >> 32), reinterpret_cast<__m512i>(y >> 32)));
  return __builtin_shufflevector(reinterpret_cast<IntVec>(even >> 31),
                                 reinterpret_cast<IntVec>(odd << 1), 0, 17, 2, 19, 4, 21, 6, 23, 8,
                                 25, 10, 27, 12, 29, 14, 31);
#else
  const auto even = reinterpret_cast<Longs>(
      _mm256_mul_epi32(reinterpret_cast<__m256i>(x), reinterpret_cast<__m256i>(y)));
  const auto odd = reinterpret_cast<Longs>(
      _mm256_mul_epi32(reinterpret_cast<__m256i>(x >> 32), reinterpret_cast<__m256i>(y >> 32)));
  return __builtin_shufflevector(reinterpret_cast<IntVec>(even >> 31),
                                 reinterpret_cast<IntVec>(odd << 1), 0, 9, 2, 11, 4, 13, 6, 15);
#endif
}
#else
inline IntVec FractionOf(IntVec a, IntVec b) { return vqdmulhq_s32(a, b); }
#endif

// The Requantization of up to kLanes outputs from output o on.
struct RequantVec {
  IntVec bias, multiplier, half, shift, zero, low, high;

  RequantVec() = default;
  RequantVec(const Requantization& r, int64_t o, int64_t lanes) {
    bias = r.bias == nullptr ? IntVec{} : LoadUpTo<IntVec>(r.bias + o, lanes, 0);
    multiplier = LoadUpTo<IntVec>(r.multiplier + o, lanes, 0);
    shift = Widen(Widen(LoadUpTo<Bytes>(r.shift + o, lanes, int8_t{1})));
    half = Splat(1) << (shift - 1);
    zero = Splat(r.zero);
    low = Splat(r.low);
    high = Splat(r.high);
  }

  // Writes the bytes of the first `lanes` sums, which have begun with the bias.
  void Store(IntVec sums, int64_t lanes, int8_t* to) const {
    IntVec y = ((FractionOf(sums, multiplier) + half) >> shift) + zero;
    y = y < low ? low : y;
    y = y > high ? high : y;
    const Bytes bytes = Narrow(y);
    if (lanes >= kLanes) {
      memcpy(to, &bytes, kLanes);
    } else {
      for (int64_t i = 0; i < lanes; ++i) to[i] = bytes[i];
    }
  }
};

}  // namespace
}  // namespace slim

#endif  // SLIMSPLIT_CORE_KERNELS_INT8_VEC_H_
