#include "layers/winograd_common.h"

#include <string.h>

#include "core/kernels/winograd_points.h"

namespace slim {
namespace {

// points = G w G^T, for a block of outputs at a time.
template <int kTile, class T>
void PackWinogradOf(const WeightView<const T>& w, int64_t packed_inputs, T* packed) {
  using Block = typename BlockOf<T>::Type;
  constexpr int kPoints = WinogradPoints(kTile);
  const int64_t blocks = RoundUpToBlock(w.outputs) / kBlock;
  ParallelFor(blocks, 1, [&](int64_t begin, int64_t end, int) {
    for (int64_t block = begin; block < end; ++block) {
      T* to = packed + block * kPoints * packed_inputs * kBlock;
      const int64_t first = block * kBlock;
      const int64_t outputs = w.outputs - first < kBlock ? w.outputs - first : kBlock;
      for (int64_t i = 0; i < w.inputs; i += kInputGroup) {
        const int64_t inputs = w.inputs - i < kInputGroup ? w.inputs - i : kInputGroup;
        Block taps[kInputGroup][9] = {}, points[kPoints];
        for (int64_t j = 0; j < outputs; ++j) {
          for (int64_t tap = 0; tap < 9; ++tap) {
            const T* from = w.data + (first + j) * w.output_pitch + tap * w.tap_pitch;
            for (int64_t k = 0; k < inputs; ++k) taps[k][tap][j] = from[(i + k) * w.input_pitch];
          }
        }
        for (int64_t k = 0; k < inputs; ++k) {
          TransformSquare<3, kTile + 2>(
              [](const Block* x, Block* m) { Winograd<kTile, T>::Weight(x, m); }, taps[k], points);
          for (int64_t p = 0; p < kPoints; ++p) {
            memcpy(to + (p * packed_inputs + i + k) * kBlock, &points[p], sizeof(Block));
          }
        }
      }
    }
  });
}

}  // namespace

template <class T>
void PackWinograd(int tile_side, const WeightView<const T>& w, int64_t packed_inputs, T* packed) {
  SLIM_ASSERT(tile_side == 2 || tile_side == 4);
  (tile_side == 2 ? PackWinogradOf<2, T> : PackWinogradOf<4, T>)(w, packed_inputs, packed);
}

template <class T>
void RunWinogradConv(int tile_side, const DenseConv<T>& conv) {
  SLIM_ASSERT(tile_side == 2 || tile_side == 4);
  auto a = ArgsOf<WinogradConvArgs<T>>(conv);
  a.tile_side = tile_side;
  a.point_pitch = conv.packed_inputs * kBlock;
  a.block_pitch = WinogradPoints(tile_side) * a.point_pitch;
  const int64_t tiles = conv.source_shape.n() * WinogradTiles(tile_side, a.geometry);
  // Workers that take blocks transform all sources each: where tiles are enough, only for far more
  // weights.
  const bool more_weights =
      a.outputs * WinogradPoints(tile_side) > 16 * conv.source_shape.n() * a.geometry.targets();
  ShareConv(a, tiles, tile_side == 2 ? 6 : 4, more_weights,
            [&](WinogradConvArgs<T> mine, int64_t begin, int64_t end, int worker) {
              mine.scratch = conv.scratch + worker * WinogradConvScratch(tile_side, a.channels);
              GetKernels<T>().winograd_conv(mine, begin, end);
            });
}

template void PackWinograd(int, const WeightView<const float>&, int64_t, float*);
template void PackWinograd(int, const WeightView<const double>&, int64_t, double*);
template void RunWinogradConv(int, const DenseConv<float>&);
template void RunWinogradConv(int, const DenseConv<double>&);

}  // namespace slim
