// Winograd's algorithm as plain loops, tile by tile.
#ifndef SLIMSPLIT_CORE_KERNELS_PORTABLE_WINOGRAD_H_
#define SLIMSPLIT_CORE_KERNELS_PORTABLE_WINOGRAD_H_

#include "core/kernels/portable_epilogue.h"
#include "core/kernels/winograd_points.h"

namespace slim {
namespace {

// B^T d B of the sources of one tile and channel.
template <int kTile, class T>
void SourcePointsAt(const ConvGeometry& g, const TilePlace<kTile>& tile, const T* image,
                    int64_t pixel_pitch, int64_t channel, Real<T>* to) {
  using R = Real<T>;
  constexpr int kSide = kTile + 2;
  TransformSquare<kSide, kSide, R>(
      [](const R* d, R* m) { Winograd<kTile, R>::Source(d, m); },
      [&](int c, R* d) {
        for (int r = 0; r < kSide; ++r) {
          const int64_t h = tile.h - g.padding + r, w = tile.w - g.padding + c;
          const bool inside = h >= 0 && h < g.source_h && w >= 0 && w < g.source_w;
          d[r] = inside ? R{image[(h * g.source_w + w) * pixel_pitch + channel]} : R{0};
        }
      },
      [&](int r, int c, R v) { to[r * kSide + c] = v; });
}

template <int kTile, class T>
void WinogradConvOf(const WinogradConvArgs<T>& a, int64_t begin, int64_t end) {
  using R = Real<T>;
  constexpr int kSide = kTile + 2, kPoints = kSide * kSide;
  const ConvGeometry& g = a.geometry;
  TilePlace<kTile> tile(g, begin);
  for (int64_t t = begin; t < end; ++t, tile.Next(g)) {
    const T* image = a.source + tile.image * a.source_image_pitch;
    R* points = a.scratch;  // [channel][point]
    for (int64_t c = 0; c < a.channels; ++c) {
      SourcePointsAt(g, tile, image, a.source_pixel_pitch, c, points + c * kPoints);
    }
    for (int64_t o = 0; o < a.outputs; ++o) {
      const R* weight = a.packed + o / kBlock * a.block_pitch + o % kBlock;
      R m[kPoints], sums[kTile * kTile];
      for (int p = 0; p < kPoints; ++p) {
        m[p] = 0;
        for (int64_t c = 0; c < a.channels; ++c) {
          m[p] += points[c * kPoints + p] * weight[p * a.point_pitch + c * kBlock];
        }
      }
      TransformSquare<kSide, kTile>([](const R* x, R* y) { Winograd<kTile, R>::Target(x, y); }, m,
                                    sums);
      for (int r = 0; r < kTile && tile.h + r < g.target_h; ++r) {
        for (int c = 0; c < kTile && tile.w + c < g.target_w; ++c) {
          const int64_t offset = tile.image * a.target_image_pitch +
                                 ((tile.h + r) * g.target_w + tile.w + c) * a.target_pixel_pitch +
                                 o;
          const R value = Finish(a.epilogue, sums[r * kTile + c], o, offset);
          a.target[offset] = a.accumulate ? a.target[offset] + value : value;
        }
      }
    }
  }
}

template <class T>
void WinogradConv(const WinogradConvArgs<T>& a, int64_t begin, int64_t end) {
  (a.tile_side == 2 ? WinogradConvOf<2, T> : WinogradConvOf<4, T>)(a, begin, end);
}

template <int kTile, class T>
void WinogradWeightGradOf(const WinogradWeightGradArgs<T>& a, int64_t begin, int64_t end) {
  using R = Real<T>;
  constexpr int kSide = kTile + 2, kPoints = kSide * kSide;
  const ConvGeometry& g = a.geometry;
  const int64_t row = RoundUpToBlock(a.outputs);
  for (int64_t i = 0; !a.accumulate && i < kPoints * a.channels * row; ++i) a.gradient[i] = 0;
  TilePlace<kTile> tile(g, begin);
  for (int64_t t = begin; t < end; ++t, tile.Next(g)) {
    R* of_dy = a.scratch;  // [output][point]
    for (int64_t o = 0; o < a.outputs; ++o) {
      R dy[kTile * kTile] = {};
      for (int r = 0; r < kTile && tile.h + r < g.target_h; ++r) {
        for (int c = 0; c < kTile && tile.w + c < g.target_w; ++c) {
          dy[r * kTile + c] = a.dy[tile.image * a.dy_image_pitch +
                                   ((tile.h + r) * g.target_w + tile.w + c) * a.dy_pixel_pitch + o];
        }
      }
      TransformSquare<kTile, kSide>([](const R* y, R* m) { Winograd<kTile, R>::TargetGrad(y, m); },
                                    dy, of_dy + o * kPoints);
    }
    for (int64_t i = 0; i < a.channels; ++i) {
      R of_x[kPoints];
      SourcePointsAt(g, tile, a.x + tile.image * a.x_image_pitch, a.x_pixel_pitch, i, of_x);
      for (int p = 0; p < kPoints; ++p) {
        R* gradient = a.gradient + (p * a.channels + i) * row;
        for (int64_t o = 0; o < a.outputs; ++o) {
          gradient[o] += of_x[p] * of_dy[o * kPoints + p];
        }
      }
    }
  }
}

template <class T>
void WinogradWeightGrad(const WinogradWeightGradArgs<T>& a, int64_t begin, int64_t end) {
  (a.tile_side == 2 ? WinogradWeightGradOf<2, T> : WinogradWeightGradOf<4, T>)(a, begin, end);
}

}  // namespace
}  // namespace slim

#endif  // SLIMSPLIT_CORE_KERNELS_PORTABLE_WINOGRAD_H_
