// GatherTable: which source pixels each tile of target pixels reads, for every kind of convolution.
//
// Convolution, its gradient with respect to the input, and transposed convolution all compute
//     target[t][o] = sum over taps k, channels i of source[s(t, k)][i] * weight[k][i][o],
// and differ only in s(t, k). The table lists s once per map size; the kernels know neither stride
// nor padding. Taps that read only padding for a whole tile are left out, and the targets of a
// strided transposed map are ordered by phase so that a tile never multiplies by the zeros between
// source pixels.
#ifndef SLIMSPLIT_CORE_KERNELS_GATHER_H_
#define SLIMSPLIT_CORE_KERNELS_GATHER_H_

#include <stdint.h>

namespace slim {

struct ConvGeometry {
  int64_t target_h = 1, target_w = 1;  // the map that is written
  int64_t source_h = 1, source_w = 1;  // the map that is read
  int64_t kernel_h = 1, kernel_w = 1;
  int64_t stride = 1, padding = 0;
  bool transposed =
      false;  // false: s = t * stride - padding + k;  true: t = s * stride - padding + k

  int64_t taps() const { return kernel_h * kernel_w; }
  int64_t targets() const { return target_h * target_w; }
};

// No instruction set uses larger tiles of pixels.
inline constexpr int kMaxTile = 16;

// The first number of a record: the tap in its low kTapBits, above them how many taps follow it in
// the same record. (A kernel has at most 255 x 255 taps.)
inline constexpr int kTapBits = 16;
inline constexpr int32_t kTapMask = (1 << kTapBits) - 1;

struct GatherTable {
  int32_t tile = 0;                 // target pixels per tile
  int32_t tiles = 0;                // per image
  const int32_t* first = nullptr;   // [tiles + 1] index into entries, in records
  const int32_t* target = nullptr;  // [tiles][tile] target pixel; -1 = no pixel, write nothing
  const int32_t* entries =
      nullptr;  // records of 1 + tile: taps, then source offset in elements per pixel; -1 = zeros
};

inline int64_t GatherTiles(const ConvGeometry& g, int tile) {
  return (g.targets() + tile - 1) / tile;
}

// Number of int32 that BuildGatherTable needs.
inline int64_t GatherTableSize(const ConvGeometry& g, int tile) {
  return GatherTiles(g, tile) * (1 + tile + g.taps() * (1 + tile)) + 1;
}

// The table that BuildGatherTable has put in `memory`.
GatherTable GatherTableIn(const int32_t* memory, const ConvGeometry& g, int tile);

// Fills `memory` (GatherTableSize numbers) and returns the table that lives in it. Source offsets
// are multiples of `source_pixel_pitch`, elements from one source pixel to the next; the source
// image must have fewer than 2^31 elements.
//
// With `whole_rows` one record stands for all taps of a kernel row wherever no pixel of the tile
// meets padding there: a few channels per tap are too few to be worth a record. A kernel reads on
// from tap to tap, so `source_pixel_pitch` must be the number of active channels, and the weights
// of a tap must be followed by those of the next.
GatherTable BuildGatherTable(const ConvGeometry& g, int tile, int64_t source_pixel_pitch,
                             bool whole_rows, int32_t* memory);

}  // namespace slim

#endif  // SLIMSPLIT_CORE_KERNELS_GATHER_H_
