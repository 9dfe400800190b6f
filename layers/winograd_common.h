// A 3x3 convolution by Winograd's algorithm: packing of weights, calls of the kernels for a whole
// batch, and the way back for the gradient of the weights.
#ifndef SLIMSPLIT_LAYERS_WINOGRAD_COMMON_H_
#define SLIMSPLIT_LAYERS_WINOGRAD_COMMON_H_

#include <string.h>

#include "layers/conv_common.h"

namespace slim {

// Below so many channels the algorithm does not pay.
inline constexpr int64_t kNarrow = 8;

// Whether weights are packed as points. They are packed once for all widths, so the stored channels
// decide; the first kNarrow inputs and outputs follow as taps, for widths that are narrow.
inline bool PacksPoints(int64_t kernel, int64_t stride, int64_t groups, int64_t full_inputs,
                        int64_t full_outputs) {
  return kernel == 3 && stride == 1 && groups == 1 && full_inputs >= kNarrow &&
         full_outputs >= kNarrow;
}
inline bool IsNarrow(int64_t inputs, int64_t outputs) {
  return inputs < kNarrow && outputs < kNarrow;
}

// The same number of a block of outputs.
template <class T>
struct BlockOf {
  typedef T Type __attribute__((vector_size(kBlock * sizeof(T))));
};

// points = G w G^T of the 3x3 weights w[kh][kw]. T may be a vector of numbers.
template <class T>
void WeightPoints(const T w[9], T points[kWinogradPoints]) {
  T m[4][3];
  for (int c = 0; c < 3; ++c) {
    const T sum = (w[c] + w[6 + c]) / 2, half = w[3 + c] / 2;
    m[0][c] = w[c];
    m[1][c] = sum + half;
    m[2][c] = sum - half;
    m[3][c] = w[6 + c];
  }
  for (int r = 0; r < 4; ++r) {
    const T sum = (m[r][0] + m[r][2]) / 2, half = m[r][1] / 2;
    points[4 * r + 0] = m[r][0];
    points[4 * r + 1] = sum + half;
    points[4 * r + 2] = sum - half;
    points[4 * r + 3] = m[r][2];
  }
}

// w = G^T points G: from the gradient at points to that of the weights.
template <class T>
void WeightsOfPoints(const T points[kWinogradPoints], T w[9]) {
  T m[3][4];
  for (int c = 0; c < 4; ++c) {
    const T sum = (points[4 + c] + points[8 + c]) / 2;
    m[0][c] = points[c] + sum;
    m[1][c] = (points[4 + c] - points[8 + c]) / 2;
    m[2][c] = sum + points[12 + c];
  }
  for (int r = 0; r < 3; ++r) {
    const T sum = (m[r][1] + m[r][2]) / 2;
    w[3 * r + 0] = m[r][0] + sum;
    w[3 * r + 1] = (m[r][1] - m[r][2]) / 2;
    w[3 * r + 2] = sum + m[r][3];
  }
}

// Packs a view of 3x3 weights as [outputs/kBlock][points][packed_inputs][kBlock]. Outputs past the
// last are zero.
template <class T>
void PackWinograd(const WeightView<const T>& w, int64_t packed_inputs, T* packed) {
  using Block = typename BlockOf<T>::Type;
  const int64_t blocks = RoundUpToBlock(w.outputs) / kBlock;
  ParallelFor(blocks, 1, [&](int64_t begin, int64_t end, int) {
    for (int64_t block = begin; block < end; ++block) {
      T* to = packed + block * kWinogradPoints * packed_inputs * kBlock;
      const int64_t first = block * kBlock;
      const int64_t outputs = w.outputs - first < kBlock ? w.outputs - first : kBlock;
      for (int64_t i = 0; i < w.inputs; i += kInputGroup) {
        const int64_t inputs = w.inputs - i < kInputGroup ? w.inputs - i : kInputGroup;
        Block taps[kInputGroup][9] = {}, points[kWinogradPoints];
        for (int64_t j = 0; j < outputs; ++j) {
          for (int64_t tap = 0; tap < 9; ++tap) {
            const T* from = w.data + (first + j) * w.output_pitch + tap * w.tap_pitch;
            for (int64_t k = 0; k < inputs; ++k) taps[k][tap][j] = from[(i + k) * w.input_pitch];
          }
        }
        for (int64_t k = 0; k < inputs; ++k) {
          WeightPoints(taps[k], points);
          for (int64_t p = 0; p < kWinogradPoints; ++p) {
            memcpy(to + (p * packed_inputs + i + k) * kBlock, &points[p], sizeof(Block));
          }
        }
      }
    }
  });
}

// Runs a 3x3 convolution with stride 1 over all workers.
template <class T>
void RunWinogradConv(const DenseConv<T>& conv) {
  auto a = ArgsOf<WinogradConvArgs<T>>(conv);
  a.zeros = conv.zeros;
  a.point_pitch = conv.packed_inputs * kBlock;
  a.block_pitch = kWinogradPoints * a.point_pitch;
  ParallelFor(conv.source_shape.n() * WinogradTiles(a.geometry), 6,
              [&](int64_t begin, int64_t end, int worker) {
                WinogradConvArgs<T> mine = a;
                mine.scratch = conv.scratch + worker * WinogradConvScratch(a.channels);
                GetKernels<T>().winograd_conv(mine, begin, end);
              });
}

// gradient += that of the convolution x -> y, over all images: one sum per worker in `partials`
// (points * inputs * outputs rounded up each), added up in worker order.
template <class T>
void AddWinogradWeightGrad(const ConvWeightGradArgs<T>& args, int64_t images, const T* zeros,
                           T* partials, T* scratch, const WeightView<T>& gradient) {
  using Block = typename BlockOf<T>::Type;
  const int64_t row_pitch = RoundUpToBlock(args.outputs);
  const int64_t partial_pitch = kWinogradPoints * args.channels * row_pitch;
  WinogradWeightGradArgs<T> a;
  a.geometry = args.geometry;
  a.x = args.x;
  a.x_image_pitch = args.x_image_pitch;
  a.x_pixel_pitch = args.x_pixel_pitch;
  a.channels = args.channels;
  a.dy = args.dy;
  a.dy_image_pitch = args.dy_image_pitch;
  a.dy_pixel_pitch = args.dy_pixel_pitch;
  a.outputs = args.outputs;
  a.zeros = zeros;
  bool used[kMaxWorkers] = {};
  ParallelFor(images * WinogradTiles(a.geometry), kWinogradRun,
              [&](int64_t begin, int64_t end, int worker) {
                WinogradWeightGradArgs<T> mine = a;
                mine.gradient = partials + worker * partial_pitch;
                mine.scratch = scratch + worker * WinogradWeightGradScratch(a.channels, a.outputs);
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
          Block points[kWinogradPoints] = {};
          for (int worker = 0; worker < workers; ++worker) {
            const T* from = partials + worker * partial_pitch + (i + k) * row_pitch + first;
            for (int64_t p = 0; p < kWinogradPoints; ++p) {
              Block part;
              memcpy(&part, from + p * args.channels * row_pitch, sizeof(part));
              points[p] += part;
            }
          }
          WeightsOfPoints(points, taps[k]);
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

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_WINOGRAD_COMMON_H_
