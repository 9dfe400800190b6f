// Convolutions of 8-bit integers, exact: every instruction set gives the same bits as the portable
// loops.
//
// Activations are signed bytes, [pixel][channel], that stand for (value - zero) * step; after a
// ReLU zero is -128. Weights are signed bytes that stand for value * step[o]. Sums are 32-bit
// integers, brought back to bytes by a multiplication with a 31-bit fraction and a shift (Jacob et
// al., 2018, "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only
// Inference", with one rounding). A matrix product is the convolution with a kernel of 1x1.
#ifndef SLIMSPLIT_CORE_KERNELS_INT8_KERNELS_H_
#define SLIMSPLIT_CORE_KERNELS_INT8_KERNELS_H_

#include <stdint.h>

#include "core/kernels/kernels.h"

namespace slim {

// What becomes of a sum, with 9 bytes per output and width:
//   y = clamp(zero + floor((sum + bias[o]) * multiplier[o] / 2^(31 + shift[o]) + 1/2), low, high).
// |sum + bias| stays below 2^30: 32,000 products always do.
struct Requantization {
  const int32_t* bias = nullptr;        // [outputs], null = 0
  const int32_t* multiplier = nullptr;  // [outputs], 0 or more
  const int8_t* shift = nullptr;        // [outputs], 1 to 31
  int8_t zero = 0;                      // the byte that means 0
  int8_t low = -128, high = 127;
};

// The multiplier and shift nearest to a scale of (input step * weight step / output step), which
// lies in [0, 1/2).
struct FixedPoint {
  int32_t multiplier;
  int8_t shift;
};
FixedPoint ToFixedPoint(double scale);

// target[t][o] = requantised sum_{k,i} (source[s(t,k)][i] - source_zero) * weight[k][i][o]; padding
// contributes nothing. Two calls: `stage` writes the source in the form in which `conv` reads it.
struct Int8ConvArgs {
  GatherTable table;               // of source pixels that are Int8StagedPitch(channels) apart
  const int8_t* source = nullptr;  // first active channel of image 0
  int64_t source_image_pitch = 0, source_pixel_pitch = 0;
  int64_t source_pixels = 0;  // of an image
  int64_t images = 1;
  int64_t channels = 0;  // active input channels
  int8_t source_zero = 0;
  void* staged = nullptr;          // Int8StagedSize(...) bytes, aligned as int32_t
  const int8_t* packed = nullptr;  // of PackInt8Weights
  int64_t tap_pitch = 0;           // Int8TapPitch(all input channels)
  int64_t block_pitch = 0;         // taps * tap_pitch
  int8_t* target = nullptr;        // first active output of image 0
  int64_t target_image_pitch = 0, target_pixel_pitch = 0;
  int64_t outputs = 0;  // active outputs
  Requantization requantization;
};

// Elements from one staged pixel to the next.
inline constexpr int64_t Int8StagedPitch(int64_t channels) { return (channels + 15) / 16 * 16; }
// One pixel more than there are, for padding to read.
inline constexpr int64_t Int8StagedPixels(const Int8ConvArgs& a) {
  return a.images * a.source_pixels + 1;
}
// Bytes, for any table.
inline constexpr int64_t Int8StagedSize(int64_t images, int64_t source_pixels, int64_t channels) {
  return (images * source_pixels + 1) * Int8StagedPitch(channels) * 2;
}

// A depthwise convolution of one image; channels dense in source and target.
struct Int8DepthwiseArgs {
  ConvGeometry geometry;
  const int8_t* source = nullptr;
  int64_t channels = 0;
  int8_t source_zero = 0;
  const int8_t* weight = nullptr;  // [taps][..], from tap to tap tap_pitch
  int64_t tap_pitch = 0;
  int8_t* target = nullptr;
  Requantization requantization;
};

inline constexpr int kInt8Points = WinogradPoints(2);

// A 3x3 convolution with stride 1 by Winograd's F(2x2, 3x3) (kernels.h), exact as the others. Work
// items are tiles of 2x2 targets, those of all images one after the other.
struct Int8WinogradArgs {
  ConvGeometry geometry;  // kernel 3, stride 1, not transposed
  const int8_t* source = nullptr;
  int64_t source_image_pitch = 0, source_pixel_pitch = 0, channels = 0;
  int8_t source_zero = 0;
  const int16_t* packed = nullptr;  // of PackInt8Points
  int64_t point_pitch = 0;          // Int8PointPitch(all input channels)
  int64_t block_pitch = 0;          // kInt8Points * point_pitch
  int8_t* target = nullptr;
  int64_t target_image_pitch = 0, target_pixel_pitch = 0, outputs = 0;
  Requantization requantization;  // |sum + bias| stays below 2^29
  void* scratch = nullptr;        // Int8WinogradScratch(channels) bytes of this call, as int32_t
};

struct Int8Kernels {
  const char* isa;
  int tile;   // target pixels per tile of conv
  int group;  // input channels that lie together in packed weights, 1, 2 or 4
  // Work items are the Int8StagedPixels; all are done before conv begins.
  void (*stage)(const Int8ConvArgs& a, int64_t begin, int64_t end);
  // Work items are tiles of all images: item = image * table.tiles + tile.
  void (*conv)(const Int8ConvArgs& a, int64_t begin, int64_t end);
  // Rows [row_begin, row_end) of the target.
  void (*depthwise)(const Int8DepthwiseArgs& a, int64_t row_begin, int64_t row_end);
  // Tiles [begin, end) of all images; null where conv is as fast.
  void (*winograd_conv)(const Int8WinogradArgs& a, int64_t begin, int64_t end);
  int point_group;  // input channels that lie together in its packed weights, 1 or 2
};

// The fastest table that this CPU runs.
const Int8Kernels& GetInt8Kernels();
const Int8Kernels& PortableInt8Kernels();
// Every table that this CPU runs, portable first. Returns how many were written.
int AvailableInt8Kernels(const Int8Kernels* out[], int capacity);

// Packed weights are [outputs/kBlock][taps][channels/group][kBlock][group]. As in float, a narrower
// width reads the first blocks and of each tap the first groups, so that one copy serves them all.
inline constexpr int64_t Int8TapPitch(int64_t channels) {
  return (channels + 3) / 4 * 4 * kBlock;  // the same for every group
}
inline constexpr int64_t PackedInt8Size(int64_t outputs, int64_t taps, int64_t channels) {
  return RoundUpToBlock(outputs) / kBlock * taps * Int8TapPitch(channels);
}
// weights: [outputs][taps][channels]. What only fills a block or group becomes 0.
void PackInt8Weights(const int8_t* weights, int64_t outputs, int64_t taps, int64_t channels,
                     int group, int8_t* packed);

// Weights at Winograd's points, four times what they are there: [outputs/kBlock][kInt8Points]
// [channels/group][kBlock][group].
inline constexpr int64_t Int8PointPitch(int64_t channels) {
  return (channels + 1) / 2 * 2 * kBlock;  // the same for every group
}
inline constexpr int64_t PackedInt8PointsSize(int64_t outputs, int64_t channels) {
  return RoundUpToBlock(outputs) / kBlock * kInt8Points * Int8PointPitch(channels);
}
// weights: [outputs][9][channels].
void PackInt8Points(const int8_t* weights, int64_t outputs, int64_t channels, int group,
                    int16_t* packed);

// Bytes of scratch for any table.
inline constexpr int64_t Int8WinogradScratch(int64_t channels) {
  return kInt8Points * (kWinogradConvRun + 1) * (Int8StagedPitch(channels) * 2 + kBlock * 4);
}

}  // namespace slim

#endif  // SLIMSPLIT_CORE_KERNELS_INT8_KERNELS_H_
