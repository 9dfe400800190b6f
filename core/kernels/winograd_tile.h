// Where the tiles of Winograd's F(2x2, 3x3) lie.
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

}  // namespace
}  // namespace slim

#endif  // SLIMSPLIT_CORE_KERNELS_WINOGRAD_TILE_H_
