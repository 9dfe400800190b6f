#include "layers/winograd_common.h"

namespace slim {

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

template void RunWinogradConv(int, const DenseConv<float>&);
template void RunWinogradConv(int, const DenseConv<double>&);
template void RunWinogradConv(int, const DenseConv<Bf16>&);

}  // namespace slim
