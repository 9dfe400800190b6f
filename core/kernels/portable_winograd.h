// Winograd's F(2x2, 3x3) as plain loops, tile by tile.
#ifndef SLIMSPLIT_CORE_KERNELS_PORTABLE_WINOGRAD_H_
#define SLIMSPLIT_CORE_KERNELS_PORTABLE_WINOGRAD_H_

#include "core/kernels/portable_epilogue.h"

namespace slim {
namespace {

// Tile `index` of all images: where its first target lies.
struct WinogradTile {
  int64_t image, h, w;
  WinogradTile(const ConvGeometry& g, int64_t index) {
    const int64_t columns = (g.target_w + 1) / 2, tiles = WinogradTiles(g);
    image = index / tiles;
    h = index % tiles / columns * 2;
    w = index % tiles % columns * 2;
  }
};

// to[4 r + c] = (B^T d B)[r][c] with d(r, c) the 4x4 numbers.
template <class T, class At>
void SourcePoints(At d, T* to) {
  T m[4][4];
  for (int c = 0; c < 4; ++c) {
    m[0][c] = d(0, c) - d(2, c);
    m[1][c] = d(1, c) + d(2, c);
    m[2][c] = d(2, c) - d(1, c);
    m[3][c] = d(1, c) - d(3, c);
  }
  for (int r = 0; r < 4; ++r) {
    to[4 * r + 0] = m[r][0] - m[r][2];
    to[4 * r + 1] = m[r][1] + m[r][2];
    to[4 * r + 2] = m[r][2] - m[r][1];
    to[4 * r + 3] = m[r][1] - m[r][3];
  }
}

// The source points of one tile and channel.
template <class T>
void SourcePointsAt(const ConvGeometry& g, const WinogradTile& tile, const T* image,
                    int64_t pixel_pitch, int64_t channel, T* to) {
  SourcePoints<T>(
      [&](int r, int c) {
        const int64_t h = tile.h - g.padding + r, w = tile.w - g.padding + c;
        if (h < 0 || h >= g.source_h || w < 0 || w >= g.source_w) return T{0};
        return image[(h * g.source_w + w) * pixel_pitch + channel];
      },
      to);
}

template <class T>
void WinogradConv(const WinogradConvArgs<T>& a, int64_t begin, int64_t end) {
  const ConvGeometry& g = a.geometry;
  for (int64_t t = begin; t < end; ++t) {
    const WinogradTile tile(g, t);
    const T* image = a.source + tile.image * a.source_image_pitch;
    T* points = a.scratch;  // [channel][point]
    for (int64_t c = 0; c < a.channels; ++c) {
      SourcePointsAt(g, tile, image, a.source_pixel_pitch, c, points + c * kWinogradPoints);
    }
    for (int64_t o = 0; o < a.outputs; ++o) {
      const T* weight = a.packed + o / kBlock * a.block_pitch + o % kBlock;
      T m[kWinogradPoints];
      for (int p = 0; p < kWinogradPoints; ++p) {
        m[p] = 0;
        for (int64_t c = 0; c < a.channels; ++c) {
          m[p] += points[c * kWinogradPoints + p] * weight[p * a.point_pitch + c * kBlock];
        }
      }
      T rows[2][4];
      for (int c = 0; c < 4; ++c) {
        rows[0][c] = m[c] + m[4 + c] + m[8 + c];
        rows[1][c] = m[4 + c] - m[8 + c] - m[12 + c];
      }
      for (int r = 0; r < 2 && tile.h + r < g.target_h; ++r) {
        const T sums[2] = {rows[r][0] + rows[r][1] + rows[r][2],
                           rows[r][1] - rows[r][2] - rows[r][3]};
        for (int c = 0; c < 2 && tile.w + c < g.target_w; ++c) {
          const int64_t offset = tile.image * a.target_image_pitch +
                                 ((tile.h + r) * g.target_w + tile.w + c) * a.target_pixel_pitch +
                                 o;
          const T value = Finish(a.epilogue, sums[c], o, offset);
          a.target[offset] = a.accumulate ? a.target[offset] + value : value;
        }
      }
    }
  }
}

template <class T>
void WinogradWeightGrad(const WinogradWeightGradArgs<T>& a, int64_t begin, int64_t end) {
  const ConvGeometry& g = a.geometry;
  const int64_t row = RoundUpToBlock(a.outputs);
  for (int64_t t = begin; t < end; ++t) {
    const WinogradTile tile(g, t);
    T* of_dy = a.scratch;  // [output][point]
    for (int64_t o = 0; o < a.outputs; ++o) {
      T d[2][2] = {};
      for (int r = 0; r < 2 && tile.h + r < g.target_h; ++r) {
        for (int c = 0; c < 2 && tile.w + c < g.target_w; ++c) {
          d[r][c] = a.dy[tile.image * a.dy_image_pitch +
                         ((tile.h + r) * g.target_w + tile.w + c) * a.dy_pixel_pitch + o];
        }
      }
      const T m[4][2] = {{d[0][0], d[0][1]},
                         {d[0][0] + d[1][0], d[0][1] + d[1][1]},
                         {d[0][0] - d[1][0], d[0][1] - d[1][1]},
                         {-d[1][0], -d[1][1]}};
      T* to = of_dy + o * kWinogradPoints;
      for (int r = 0; r < 4; ++r) {
        to[4 * r + 0] = m[r][0];
        to[4 * r + 1] = m[r][0] + m[r][1];
        to[4 * r + 2] = m[r][0] - m[r][1];
        to[4 * r + 3] = -m[r][1];
      }
    }
    for (int64_t i = 0; i < a.channels; ++i) {
      T of_x[kWinogradPoints];
      SourcePointsAt(g, tile, a.x + tile.image * a.x_image_pitch, a.x_pixel_pitch, i, of_x);
      for (int p = 0; p < kWinogradPoints; ++p) {
        T* gradient = a.gradient + (p * a.channels + i) * row;
        for (int64_t o = 0; o < a.outputs; ++o) {
          gradient[o] += of_x[p] * of_dy[o * kWinogradPoints + p];
        }
      }
    }
  }
}

}  // namespace
}  // namespace slim

#endif  // SLIMSPLIT_CORE_KERNELS_PORTABLE_WINOGRAD_H_
