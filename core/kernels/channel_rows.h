// Pixels as rows of whole vectors, and the gradient that a clamp after a normalisation lets
// through; for the kernel sources that are compiled once per instruction set.
#ifndef SLIMSPLIT_CORE_KERNELS_CHANNEL_ROWS_H_
#define SLIMSPLIT_CORE_KERNELS_CHANNEL_ROWS_H_

#include "core/kernels/kernels.h"
#include "core/kernels/vec.h"

namespace slim {
namespace {

// Few channels do not fill vectors: a row is as many pixels as do, and at least four vectors of
// them. (8 pixels of 6 channels are 3 vectors of 16, so here 16 pixels.)
constexpr int64_t kLeastOfRow = 4, kMostOfRow = 16;  // vectors
constexpr int64_t kLeastRows = 8;  // that make up for repeating the numbers of channels
inline int64_t PixelsOfRow(int64_t channels) {
  int64_t pixels = 1;
  while (pixels * channels % kLanes != 0) pixels *= 2;
  while (pixels * channels < kLeastOfRow * kLanes) pixels *= 2;
  return pixels;
}
// How many rows to take of so many pixels: 0 where they are not worth it or OfRow has no room.
inline int64_t RowsOf(int64_t pixels, int64_t channels, int64_t pixels_of_row) {
  if (pixels_of_row > 1 && pixels_of_row * channels > kMostOfRow * kLanes) return 0;
  const int64_t rows = pixels / pixels_of_row;
  return rows < kLeastRows ? 0 : rows;
}

// The numbers of all channels, once for each pixel of a row; null for null.
struct OfRow {
  const float* v;
  float repeated[kMostOfRow * kLanes];
  OfRow(const float* of_channel, int64_t channels, int64_t pixels_of_row)
      : v(pixels_of_row == 1 || of_channel == nullptr ? of_channel : repeated) {
    if (v == of_channel) return;
    float* to = repeated;
    for (int64_t p = 0; p < pixels_of_row; ++p) {
      for (int64_t c = 0; c < channels; ++c) *to++ = of_channel[c];
    }
  }
  Vec operator()(int64_t k) const { return Load(v + k); }
};

// Calls run(begin, pixels, channels, pixels_of_row) for all pixels, so that `channels` of each are
// whole vectors: for rows as if they were pixels; then for what is left, or for all pixels of more
// channels than OfRow has room for, as they are.
template <class Run>
inline void ForRows(int64_t pixels, int64_t channels, const Run& run) {
  int64_t begin = 0;
  if (channels % kLanes != 0) {
    const int64_t pixels_of_row = PixelsOfRow(channels);
    const int64_t rows = RowsOf(pixels, channels, pixels_of_row);
    if (rows > 0) run(begin, rows, pixels_of_row * channels, pixels_of_row);
    begin = rows * pixels_of_row;
  }
  if (begin < pixels) run(begin, pixels - begin, channels, int64_t{1});
}

// The gradient where the clamp let it through.
inline Vec Through(Vec dy, Vec y, Vec low, Vec high) {
  const Vec kept = y > low ? dy : Vec{};
  return y < high ? kept : Vec{};
}

// The mask of some channels from c on.
struct ChannelMask {
  bool any;
  Vec low, high, scale = {}, shift = {};

  ChannelMask(const MaskedGrad<Scalar>& a, int64_t c, int64_t lanes)
      : any(a.scale != nullptr), low(Splat(a.clamp.low)), high(Splat(a.clamp.high)) {
    if (!any) return;
    scale = LoadUpTo(a.scale + c, lanes);
    shift = LoadUpTo(a.shift + c, lanes);
  }
  Vec operator()(Vec dy, Vec x) const {
    return any ? Through(dy, x * scale + shift, low, high) : dy;
  }
};

}  // namespace
}  // namespace slim

#endif  // SLIMSPLIT_CORE_KERNELS_CHANNEL_ROWS_H_
