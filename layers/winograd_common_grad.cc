#include "layers/winograd_common.h"

namespace slim {

template <class T>
void AddWinogradWeightGrad(int tile_side, const ConvWeightGradArgs<T>& args, int64_t images,
                           T* partials, T* scratch, const WeightView<T>& gradient) {
  SLIM_ASSERT(tile_side == 2 || tile_side == 4);
  const int64_t row_pitch = RoundUpToBlock(args.outputs);
  const int64_t partial_pitch = WinogradPoints(tile_side) * args.channels * row_pitch;
  WinogradWeightGradArgs<T> a;
  a.tile_side = tile_side;
  a.geometry = args.geometry;
  a.x = args.x;
  a.x_image_pitch = args.x_image_pitch;
  a.x_pixel_pitch = args.x_pixel_pitch;
  a.channels = args.channels;
  a.dy = args.dy;
  a.dy_image_pitch = args.dy_image_pitch;
  a.dy_pixel_pitch = args.dy_pixel_pitch;
  a.outputs = args.outputs;
  bool used[kMaxWorkers] = {};
  ParallelFor(images * WinogradTiles(tile_side, a.geometry), WinogradGradRun(tile_side),
              [&](int64_t begin, int64_t end, int worker) {
                WinogradWeightGradArgs<T> mine = a;
                mine.gradient = partials + worker * partial_pitch;
                mine.scratch =
                    scratch + worker * WinogradWeightGradScratch(tile_side, a.channels, a.outputs);
                used[worker] = true;
                GetKernels<T>().winograd_weight_grad(mine, begin, end);
              });
  WinogradWeightSums<T> sums;
  sums.tile_side = tile_side;
  sums.points = partials;
  sums.parts = 0;
  while (sums.parts < kMaxWorkers && used[sums.parts]) ++sums.parts;
  sums.part_pitch = partial_pitch;
  sums.gradient = gradient;
  ParallelFor(row_pitch / kBlock, 1, [&](int64_t begin, int64_t end, int) {
    GetKernels<T>().winograd_unpack(sums, begin, end);
  });
}

template void AddWinogradWeightGrad(int, const ConvWeightGradArgs<float>&, int64_t, float*, float*,
                                    const WeightView<float>&);
template void AddWinogradWeightGrad(int, const ConvWeightGradArgs<double>&, int64_t, double*,
                                    double*, const WeightView<double>&);

}  // namespace slim
