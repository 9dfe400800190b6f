// How weights lie in memory, as plain loops: packed for the convolutions, and the way back for
// their gradient.
#ifndef SLIMSPLIT_CORE_KERNELS_PORTABLE_WEIGHT_LAYOUT_H_
#define SLIMSPLIT_CORE_KERNELS_PORTABLE_WEIGHT_LAYOUT_H_

#include "core/kernels/kernels.h"
#include "core/kernels/winograd_points.h"

namespace slim {
namespace {

template <class T>
T& WeightAt(const WeightView<T>& w, int64_t o, int64_t tap, int64_t i) {
  return w.data[o * w.output_pitch + tap * w.tap_pitch + i * w.input_pitch];
}

// kTile = 0: as taps.
template <int kTile, class T>
void PackWeightsOf(const WeightView<const T>& w, int64_t packed_inputs, T* packed, int64_t begin,
                   int64_t end) {
  const int64_t taps = kTile == 0 ? w.taps : WinogradPoints(kTile);
  for (int64_t o = begin * kBlock; o < end * kBlock; ++o) {
    T* to = packed + o / kBlock * taps * packed_inputs * kBlock + o % kBlock;
    for (int64_t i = 0; i < w.inputs; ++i) {
      const auto weight = [&](int64_t tap) {
        return o < w.outputs ? WeightAt(w, o, tap, i) : T{0};
      };
      if constexpr (kTile == 0) {
        for (int64_t tap = 0; tap < taps; ++tap) {
          to[(tap * packed_inputs + i) * kBlock] = weight(tap);
        }
      } else {
        T square[9], points[WinogradPoints(kTile)];
        for (int tap = 0; tap < 9; ++tap) square[tap] = weight(tap);
        TransformSquare<3, kTile + 2>([](const T* x, T* m) { Winograd<kTile, T>::Weight(x, m); },
                                      square, points);
        for (int64_t p = 0; p < taps; ++p) to[(p * packed_inputs + i) * kBlock] = points[p];
      }
    }
  }
}

template <class T>
void PackWeights(int tile_side, const WeightView<const T>& w, int64_t packed_inputs, T* packed,
                 int64_t begin, int64_t end) {
  const auto pack = tile_side == 0   ? PackWeightsOf<0, T>
                    : tile_side == 2 ? PackWeightsOf<2, T>
                                     : PackWeightsOf<4, T>;
  pack(w, packed_inputs, packed, begin, end);
}

template <int kTile, class T>
void AddWeightSumsOf(const WeightSums<T>& a, int64_t begin, int64_t end) {
  const WeightView<T>& w = a.gradient;
  const int64_t row = RoundUpToBlock(w.outputs);
  for (int64_t o = begin * kBlock; o < end * kBlock && o < w.outputs; ++o) {
    for (int64_t i = 0; i < w.inputs; ++i) {
      const auto sum = [&](int64_t tap_or_point) {
        T total = 0;
        for (int64_t part = 0; part < a.parts; ++part) {
          total += a.sums[part * a.part_pitch + (tap_or_point * w.inputs + i) * row + o];
        }
        return total;
      };
      if constexpr (kTile == 0) {
        for (int64_t tap = 0; tap < w.taps; ++tap) WeightAt(w, o, tap, i) += sum(tap);
      } else {
        T points[WinogradPoints(kTile)], square[9];
        for (int p = 0; p < WinogradPoints(kTile); ++p) points[p] = sum(p);
        TransformSquare<kTile + 2, 3>(
            [](const T* m, T* x) { Winograd<kTile, T>::WeightGrad(m, x); }, points, square);
        for (int tap = 0; tap < 9; ++tap) WeightAt(w, o, tap, i) += square[tap];
      }
    }
  }
}

template <class T>
void AddWeightSums(const WeightSums<T>& a, int64_t begin, int64_t end) {
  const auto add = a.tile_side == 0   ? AddWeightSumsOf<0, T>
                   : a.tile_side == 2 ? AddWeightSumsOf<2, T>
                                      : AddWeightSumsOf<4, T>;
  add(a, begin, end);
}

}  // namespace
}  // namespace slim

#endif  // SLIMSPLIT_CORE_KERNELS_PORTABLE_WEIGHT_LAYOUT_H_
