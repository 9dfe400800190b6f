#include "layers/winograd_common.h"

namespace slim {

template <class T>
void AddWinogradWeightGrad(int tile_side, const ConvWeightGradArgs<T>& args, int64_t images,
                           Real<T>* partials, Real<T>* scratch,
                           const WeightView<Real<T>>& gradient) {
  SLIM_ASSERT(tile_side == 2 || tile_side == 4);
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
  WorkerSums<Real<T>> sums(partials, WinogradPoints(tile_side), a.channels, a.outputs);
  ParallelFor(images * WinogradTiles(tile_side, a.geometry), WinogradGradRun(tile_side),
              [&](int64_t begin, int64_t end, int worker) {
                WinogradWeightGradArgs<T> mine = a;
                mine.gradient = sums.Of(worker);
                mine.scratch =
                    scratch + worker * WinogradWeightGradScratch(tile_side, a.channels, a.outputs);
                GetKernels<T>().winograd_weight_grad(mine, begin, end);
              });
  sums.AddTo(gradient, tile_side);
}

template void AddWinogradWeightGrad(int, const ConvWeightGradArgs<float>&, int64_t, float*, float*,
                                    const WeightView<float>&);
template void AddWinogradWeightGrad(int, const ConvWeightGradArgs<double>&, int64_t, double*,
                                    double*, const WeightView<double>&);
template void AddWinogradWeightGrad(int, const ConvWeightGradArgs<Bf16>&, int64_t, float*, float*,
                                    const WeightView<float>&);

}  // namespace slim
