// A 3x3 convolution by Winograd's algorithm: packing of weights, calls of the kernels for a whole
// batch, and the way back for the gradient of the weights.
#ifndef SLIMSPLIT_LAYERS_WINOGRAD_COMMON_H_
#define SLIMSPLIT_LAYERS_WINOGRAD_COMMON_H_

#include <string.h>

#include "core/kernels/winograd_points.h"
#include "layers/conv_common.h"

namespace slim {

// Below so many channels the algorithm does not pay, or below so many stored inputs.
inline constexpr int64_t kNarrow = 8, kFewInputs = 6;

// From so many tiles of 4x4 targets on, and up to so many weights, the larger tiles pay: they save
// products, and their weights take 2.25 times the memory.
inline constexpr int64_t kManyTiles = 32, kFewWeights = 9 * 128 * 128;

// The side of the tiles by whose points weights are packed; 0: as taps. They are packed once for
// all widths, so the stored channels decide; the first kNarrow inputs and outputs follow as taps,
// for widths that are narrow. The number of images does not decide, so that none changes another's
// result.
inline int WinogradTile(int64_t kernel, int64_t stride, int64_t groups, int64_t full_inputs,
                        int64_t full_outputs, const Shape& target) {
  if (kernel != 3 || stride != 1 || groups != 1) return 0;
  if (full_inputs < kFewInputs || full_outputs < kNarrow) return 0;
  ConvGeometry g;
  g.target_h = target.h();
  g.target_w = target.w();
  const bool many = WinogradTiles(4, g) >= kManyTiles;
  return many || SaturatingMul(9 * full_inputs, full_outputs) <= kFewWeights ? 4 : 2;
}
inline bool IsNarrow(int64_t inputs, int64_t outputs) {
  return inputs < kNarrow && outputs < kNarrow;
}

// The same number of a block of outputs.
template <class T>
struct BlockOf {
  typedef T Type __attribute__((vector_size(kBlock * sizeof(T))));
};

// points = G w G^T of the 3x3 weights w[kh][kw]. V: T, or a vector of such numbers.
template <int kTile, class T, class V>
void WeightPoints(const V* w, V* points) {
  TransformSquare<3, kTile + 2>([](const V* x, V* m) { Winograd<kTile, T>::Weight(x, m); }, w,
                                points);
}

// w = G^T points G: from the gradient at points to that of the weights.
template <int kTile, class T, class V>
void WeightsOfPoints(const V* points, V* w) {
  TransformSquare<kTile + 2, 3>([](const V* m, V* x) { Winograd<kTile, T>::WeightGrad(m, x); },
                                points, w);
}

// Packs a view of 3x3 weights as [outputs/kBlock][points][packed_inputs][kBlock]. Outputs past the
// last are zero.
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
          WeightPoints<kTile, T>(taps[k], points);
          for (int64_t p = 0; p < kPoints; ++p) {
            memcpy(to + (p * packed_inputs + i + k) * kBlock, &points[p], sizeof(Block));
          }
        }
      }
    }
  });
}

template <class T>
void PackWinograd(int winograd, const WeightView<const T>& w, int64_t packed_inputs, T* packed) {
  (winograd == 2 ? PackWinogradOf<2, T> : PackWinogradOf<4, T>)(w, packed_inputs, packed);
}

// Runs a 3x3 convolution with stride 1 over all workers.
template <class T>
void RunWinogradConv(int winograd, const DenseConv<T>& conv) {
  auto a = ArgsOf<WinogradConvArgs<T>>(conv);
  a.tile = winograd;
  a.point_pitch = conv.packed_inputs * kBlock;
  a.block_pitch = WinogradPoints(winograd) * a.point_pitch;
  ParallelFor(conv.source_shape.n() * WinogradTiles(winograd, a.geometry), 6,
              [&](int64_t begin, int64_t end, int worker) {
                WinogradConvArgs<T> mine = a;
                mine.scratch = conv.scratch + worker * WinogradConvScratch(winograd, a.channels);
                GetKernels<T>().winograd_conv(mine, begin, end);
              });
}

// gradient += that of the convolution x -> y, over all images: one sum per worker in `partials`
// (points * inputs * outputs rounded up each), added up in worker order.
template <int kTile, class T>
void AddWinogradWeightGradOf(const ConvWeightGradArgs<T>& args, int64_t images, T* partials,
                             T* scratch, const WeightView<T>& gradient) {
  using Block = typename BlockOf<T>::Type;
  constexpr int kPoints = WinogradPoints(kTile);
  const int64_t row_pitch = RoundUpToBlock(args.outputs);
  const int64_t partial_pitch = kPoints * args.channels * row_pitch;
  WinogradWeightGradArgs<T> a;
  a.tile = kTile;
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
  ParallelFor(images * WinogradTiles(kTile, a.geometry), WinogradRun(kTile),
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
          WeightsOfPoints<kTile, T>(points, taps[k]);
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

template <class T>
void AddWinogradWeightGrad(int winograd, const ConvWeightGradArgs<T>& args, int64_t images,
                           T* partials, T* scratch, const WeightView<T>& gradient) {
  (winograd == 2 ? AddWinogradWeightGradOf<2, T>
                 : AddWinogradWeightGradOf<4, T>)(args, images, partials, scratch, gradient);
}

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_WINOGRAD_COMMON_H_
