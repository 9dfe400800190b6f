// The kernels of 8-bit integers as plain loops: the oracle of the fast ones.
#include "core/kernels/int8_kernels.h"
#include "core/kernels/portable_taps.h"

namespace slim {
namespace {

constexpr int kGroup = 4, kTile = 4;

int8_t Requantize(const Requantization& r, int32_t sum, int64_t o) {
  const int64_t biased = int64_t{sum} + (r.bias == nullptr ? 0 : r.bias[o]);
  const int64_t product = biased * r.multiplier[o] >> 31;
  const int64_t y = r.zero + ((product + (int64_t{1} << (r.shift[o] - 1))) >> r.shift[o]);
  return static_cast<int8_t>(y < r.low ? r.low : y > r.high ? r.high : y);
}

// Staged is as it was, without what lies between pixels.
void Stage(const Int8ConvArgs& a, int64_t begin, int64_t end) {
  const int64_t pitch = Int8StagedPitch(a.channels);
  for (int64_t item = begin; item < end; ++item) {
    int8_t* to = static_cast<int8_t*>(a.staged) + item * pitch;
    const int64_t image = item / a.source_pixels, pixel = item % a.source_pixels;
    const int8_t* x = a.source + image * a.source_image_pitch + pixel * a.source_pixel_pitch;
    for (int64_t c = 0; c < a.channels; ++c) to[c] = image < a.images ? x[c] : a.source_zero;
  }
}

void Conv(const Int8ConvArgs& a, int64_t begin, int64_t end) {
  const int64_t image_pitch = a.source_pixels * Int8StagedPitch(a.channels);
  for (int64_t item = begin; item < end; ++item) {
    const int64_t image = item / a.table.tiles, i = item % a.table.tiles;
    const int8_t* source = static_cast<const int8_t*>(a.staged) + image * image_pitch;
    for (int j = 0; j < kTile; ++j) {
      const int32_t pixel = a.table.target[i * kTile + j];
      if (pixel < 0) continue;
      int8_t* target = a.target + image * a.target_image_pitch + pixel * a.target_pixel_pitch;
      for (int64_t o = 0; o < a.outputs; ++o) {
        const int8_t* weight = a.packed + o / kBlock * a.block_pitch + o % kBlock * kGroup;
        int32_t sum = 0;
        for (int32_t r = a.table.first[i]; r < a.table.first[i + 1]; ++r) {
          const int32_t* record = a.table.entries + int64_t{r} * (1 + kTile);
          if (record[1 + j] < 0) continue;
          const int8_t* x = source + record[1 + j];
          const int8_t* w = weight + record[0] * a.tap_pitch;
          for (int64_t c = 0; c < a.channels; ++c) {
            sum += (x[c] - a.source_zero) * w[c / kGroup * kGroup * kBlock + c % kGroup];
          }
        }
        target[o] = Requantize(a.requantization, sum, o);
      }
    }
  }
}

void Depthwise(const Int8DepthwiseArgs& a, int64_t row_begin, int64_t row_end) {
  const ConvGeometry& g = a.geometry;
  for (int64_t h = row_begin; h < row_end; ++h) {
    for (int64_t w = 0; w < g.target_w; ++w) {
      int8_t* target = a.target + (h * g.target_w + w) * a.channels;
      for (int64_t c = 0; c < a.channels; ++c) {
        int32_t sum = 0;
        ForEachTap(g, h, w, [&](int64_t tap, int64_t pixel) {
          sum +=
              (a.source[pixel * a.channels + c] - a.source_zero) * a.weight[tap * a.tap_pitch + c];
        });
        target[c] = Requantize(a.requantization, sum, c);
      }
    }
  }
}

}  // namespace

const Int8Kernels& PortableInt8Kernels() {
  static constexpr Int8Kernels kTable = {"portable", kTile,     kGroup,  Stage,
                                         Conv,       Depthwise, nullptr, 0};
  return kTable;
}

}  // namespace slim
