#include <string.h>

#include "core/kernels/winograd_points.h"
#include "layers/winograd_common.h"

namespace slim {
namespace {

// Sums at points first, and then the gradient of the weights = G^T sum G.
template <int kTile, class T>
void AddWinogradWeightGradOf(const ConvWeightGradArgs<T>& args, int64_t images, T* partials,
                             T* scratch, const WeightView<T>& gradient) {
  using Block = typename BlockOf<T>::Type;
  constexpr int kPoints = WinogradPoints(kTile);
  const int64_t row_pitch = RoundUpToBlock(args.outputs);
  const int64_t partial_pitch = kPoints * args.channels * row_pitch;
  WinogradWeightGradArgs<T> a;
  a.tile_side = kTile;
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
  ParallelFor(images * WinogradTiles(kTile, a.geometry), WinogradGradRun(kTile),
              [&](int64_t begin, int64_t end, int worker) {
                WinogradWeightGradArgs<T> mine = a;
                mine.gradient = partials + worker * partial_pitch;
                mine.scratch =
                    scratch + worker * WinogradWeightGradScratch(kTile, a.channels, a.outputs);
                for (int64_t i = 0; i < partial_pitch; ++i) mine.gradient[i] = T{0};
                used[worker] = true;
                GetKernels<T>().winograd_weight_grad(mine, begin, end);
              });
  int workers = 0;
  while (workers < kMaxWorkers && used[workers]) ++workers;
  ParallelFor(row_pitch / kBlock, 1, [&](int64_t begin, int64_t end, int) {
    for (int64_t first = begin * kBlock; first < end * kBlock; first += kBlock) {
      const int64_t left = gradient.outputs - first, outputs = left < kBlock ? left : kBlock;
      for (int64_t i = 0; i < gradient.inputs; i += kInputGroup) {
        const int64_t inputs =
            gradient.inputs - i < kInputGroup ? gradient.inputs - i : kInputGroup;
        Block taps[kInputGroup][9];
        for (int64_t k = 0; k < inputs; ++k) {
          Block points[kPoints] = {};
          for (int worker = 0; worker < workers; ++worker) {
            const T* from = partials + worker * partial_pitch + (i + k) * row_pitch + first;
            for (int64_t p = 0; p < kPoints; ++p) {
              Block part;
              memcpy(&part, from + p * args.channels * row_pitch, sizeof(part));
              points[p] += part;
            }
          }
          TransformSquare<kTile + 2, 3>(
              [](const Block* m, Block* x) { Winograd<kTile, T>::WeightGrad(m, x); }, points,
              taps[k]);
        }
        for (int64_t j = 0; j < outputs; ++j) {
          for (int64_t tap = 0; tap < 9; ++tap) {
            T* to = gradient.data + (first + j) * gradient.output_pitch + tap * gradient.tap_pitch;
            for (int64_t k = 0; k < inputs; ++k)
              to[(i + k) * gradient.input_pitch] += taps[k][tap][j];
          }
        }
      }
    }
  });
}

}  // namespace

template <class T>
void AddWinogradWeightGrad(int tile_side, const ConvWeightGradArgs<T>& args, int64_t images,
                           T* partials, T* scratch, const WeightView<T>& gradient) {
  SLIM_ASSERT(tile_side == 2 || tile_side == 4);
  const auto add = tile_side == 2 ? AddWinogradWeightGradOf<2, T> : AddWinogradWeightGradOf<4, T>;
  add(args, images, partials, scratch, gradient);
}

template void AddWinogradWeightGrad(int, const ConvWeightGradArgs<float>&, int64_t, float*, float*,
                                    const WeightView<float>&);
template void AddWinogradWeightGrad(int, const ConvWeightGradArgs<double>&, int64_t, double*,
                                    double*, const WeightView<double>&);

}  // namespace slim
