// Where the tiles of Winograd's F(2x2, 3x3) lie, and how their sources become points.
#ifndef SLIMSPLIT_CORE_KERNELS_WINOGRAD_TILE_H_
#define SLIMSPLIT_CORE_KERNELS_WINOGRAD_TILE_H_

#include "core/kernels/gather.h"

namespace slim {
namespace {

// Goes from tile to tile through all images.
struct TilePlace {
  int64_t image, h, w;  // of its first target
  TilePlace(const ConvGeometry& g, int64_t index) {
    const int64_t columns = (g.target_w + 1) / 2, tiles = (g.target_h + 1) / 2 * columns;
    image = index / tiles;
    h = index % tiles / columns * 2;
    w = index % tiles % columns * 2;
  }
  void Next(const ConvGeometry& g) {
    w += 2;
    if (w < g.target_w) return;
    w = 0;
    h += 2;
    if (h < g.target_h) return;
    h = 0;
    ++image;
  }
};

// Finds the 4x4 sources of a tile in its image; `padding` for those outside of the map.
template <class T>
inline void FindSources(const ConvGeometry& g, const TilePlace& place, const T* image,
                        int64_t pixel_pitch, const T* padding, const T* d[4][4]) {
  const int64_t top = place.h - g.padding, left = place.w - g.padding;
  const int64_t row_pitch = g.source_w * pixel_pitch;
  if (top >= 0 && top + 4 <= g.source_h && left >= 0 && left + 4 <= g.source_w) {
    const T* corner = image + top * row_pitch + left * pixel_pitch;
#pragma GCC unroll 4
    for (int r = 0; r < 4; ++r) {
#pragma GCC unroll 4
      for (int c = 0; c < 4; ++c) d[r][c] = corner + r * row_pitch + c * pixel_pitch;
    }
    return;
  }
  for (int r = 0; r < 4; ++r) {
    const bool row = top + r >= 0 && top + r < g.source_h;
    for (int c = 0; c < 4; ++c) {
      const bool inside = row && left + c >= 0 && left + c < g.source_w;
      d[r][c] = inside ? image + (top + r) * row_pitch + (left + c) * pixel_pitch : padding;
    }
  }
}

// store(point, v) with v = (B^T d B)[point], d[r][c] = load(r, c): vectors of channels.
template <class V, class LoadSource, class StorePoint>
inline void SourceToPoints(const LoadSource& load, const StorePoint& store) {
  V m[4][4];
#pragma GCC unroll 4
  for (int c = 0; c < 4; ++c) {
    const V d0 = load(0, c), d1 = load(1, c), d2 = load(2, c), d3 = load(3, c);
    m[0][c] = d0 - d2;
    m[1][c] = d1 + d2;
    m[2][c] = d2 - d1;
    m[3][c] = d1 - d3;
  }
#pragma GCC unroll 4
  for (int r = 0; r < 4; ++r) {
    store(4 * r + 0, m[r][0] - m[r][2]);
    store(4 * r + 1, m[r][1] + m[r][2]);
    store(4 * r + 2, m[r][2] - m[r][1]);
    store(4 * r + 3, m[r][1] - m[r][3]);
  }
}

}  // namespace
}  // namespace slim

#endif  // SLIMSPLIT_CORE_KERNELS_WINOGRAD_TILE_H_
