// Groups of lanes: vectors that hold several channels for each of a few outputs. As vec.h, only for
// kernel sources that are compiled once per instruction set.
#ifndef SLIMSPLIT_CORE_KERNELS_LANE_GROUPS_H_
#define SLIMSPLIT_CORE_KERNELS_LANE_GROUPS_H_

#include "core/kernels/vec.h"

namespace slim {
namespace {

// Vectors of groups of G lanes, G = 1, 2 or 4. SplatGroup: the G numbers at p in each group.
// LoadColumns: lane o * G + g = p[g * pitch + o]. SumGroups: lane p * kLanes / G + o = the sum of
// group o of v[p].
#if defined(__AVX512F__)
// By an intrinsic: GCC 12 would widen the quad through memory.
inline Vec SplatQuad(const float* p) {
  return _mm512_maskz_broadcast_f32x4(0xffff, _mm_loadu_ps(p));
}
#else
inline Vec SplatQuad(const float* p) { return Load(p); }  // where a quad is a vector, or never
#endif
template <int G>
inline Vec SplatGroup(const float* p) {
  if constexpr (G == 1) {
    return Splat(*p);
  } else if constexpr (G == 4) {
    return SplatQuad(p);
  } else {
    typedef int64_t Pair __attribute__((aligned(4), may_alias));
    typedef int64_t Pairs __attribute__((vector_size(kLanes * 4)));
    return reinterpret_cast<Vec>(*reinterpret_cast<const Pair*>(p) - Pairs{});
  }
}
template <int G>
inline Vec SplatGroup(const Bf16* p) {
  float group[4];
  for (int g = 0; g < G; ++g) group[g] = Read(p + g);
  return SplatGroup<G>(group);
}
#if defined(__AVX512F__)
template <int G>
inline Vec LoadColumns(const float* p, int64_t pitch) {
  if constexpr (G == 2) {
    typedef float Half __attribute__((vector_size(32), aligned(4), may_alias));
    return __builtin_shufflevector(*reinterpret_cast<const Half*>(p),
                                   *reinterpret_cast<const Half*>(p + pitch), 0, 8, 1, 9, 2, 10, 3,
                                   11, 4, 12, 5, 13, 6, 14, 7, 15);
  } else {
    const float* rows[] = {p, p + pitch, p + 2 * pitch, p + 3 * pitch};
    const Vec v = LoadQuads(rows, 0);
    return __builtin_shufflevector(v, v, 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  }
}
inline Vec SumPairs(Vec a, Vec b) {
  return __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30) +
         __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
}
#elif defined(__AVX2__)
template <int G>
inline Vec LoadColumns(const float* p, int64_t pitch) {
  static_assert(G == 2, "eight lanes for four outputs");
  return __builtin_shufflevector(LoadQuad(p), LoadQuad(p + pitch), 0, 4, 1, 5, 2, 6, 3, 7);
}
inline Vec SumPairs(Vec a, Vec b) {
  return __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14) +
         __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15);
}
#else
template <int G>
inline Vec LoadColumns(const float* p, int64_t) {
  static_assert(G == 1, "four lanes for four outputs");
  return Load(p);
}
inline Vec SumPairs(Vec a, Vec b) {
  return __builtin_shufflevector(a, b, 0, 2, 4, 6) + __builtin_shufflevector(a, b, 1, 3, 5, 7);
}
#endif
// Lane i = v[i + n], and the first n lanes at the end; n = 4, or 8 of 16 lanes.
template <int n>
inline Vec Rotate(Vec v) {
  static_assert(n == 4 || kLanes == 16, "no other use");
#if defined(__AVX512F__)
  if constexpr (n == 8) {
    return __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
  } else {
    return __builtin_shufflevector(v, v, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3);
  }
#elif defined(__AVX2__)
  return __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3);
#else
  return v;
#endif
}
template <int G>
inline Vec SumGroups(const Vec v[G]) {
  if constexpr (G == 1) {
    return v[0];
  } else if constexpr (G == 2) {
    return SumPairs(v[0], v[1]);
  } else {
    return SumPairs(SumPairs(v[0], v[1]), SumPairs(v[2], v[3]));
  }
}

// On in the first lane of each group of G.
template <int G>
inline LaneBits FirstOfGroups() {
  LaneBits bits = {};
#pragma GCC unroll 16
  for (int i = 0; i < kLanes; i += G) bits[i] = -1;
  return bits;
}

}  // namespace
}  // namespace slim

#endif  // SLIMSPLIT_CORE_KERNELS_LANE_GROUPS_H_
