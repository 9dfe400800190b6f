// A 3x3 convolution by Winograd's algorithm: where it pays, and calls of the kernels for a whole
// batch.
#ifndef SLIMSPLIT_LAYERS_WINOGRAD_COMMON_H_
#define SLIMSPLIT_LAYERS_WINOGRAD_COMMON_H_

#include "layers/conv_common.h"

namespace slim {

// Below so many channels the algorithm does not pay, or below so many stored inputs.
inline constexpr int64_t kNarrow = 8, kFewInputs = 6;

// Up to so many weights, or from so many tiles of 4x4 targets on, these pay. They save products,
// but weights at their points take 4 times the memory of weights as taps, and 2.25 times that of
// weights for 2x2 targets: where few tiles share many weights, reading those would take longer.
inline constexpr int64_t kFewWeights = 128 * 128, kManyTiles = 32;

// The side, in targets, of the tiles by whose points weights are packed: 2 or 4; 0: as taps. They
// are packed once for all widths, so the stored channels decide; the first kNarrow inputs and
// outputs follow as taps, for widths that are narrow. The number of images does not decide, so that
// none changes another's result. The gradients follow the same rule.
inline int WinogradTileSide(int64_t kernel, int64_t stride, int64_t groups, int64_t full_inputs,
                            int64_t full_outputs, const Shape& target) {
  if (kernel != 3 || stride != 1 || groups != 1) return 0;
  if (full_inputs < kFewInputs || full_outputs < kNarrow) return 0;
  ConvGeometry g;
  g.target_h = target.h();
  g.target_w = target.w();
  const int64_t tiles = WinogradTiles(4, g);
  const bool saves = WinogradPoints(4) * tiles < WinogradPoints(2) * WinogradTiles(2, g);
  return saves && (full_inputs * full_outputs <= kFewWeights || tiles >= kManyTiles) ? 4 : 2;
}
inline bool IsNarrow(int64_t inputs, int64_t outputs) {
  return inputs < kNarrow && outputs < kNarrow;
}

// Runs a 3x3 convolution with stride 1 over all workers. (winograd_common.cc)
template <class T>
void RunWinogradConv(int tile_side, const DenseConv<T>& conv);

// gradient += that of the convolution x -> y, over all images. `partials`: room for PackedCount(
// outputs, points, channels) elements per worker. (winograd_common_grad.cc)
template <class T>
void AddWinogradWeightGrad(int tile_side, const ConvWeightGradArgs<T>& args, int64_t images,
                           Real<T>* partials, Real<T>* scratch,
                           const WeightView<Real<T>>& gradient);

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_WINOGRAD_COMMON_H_
