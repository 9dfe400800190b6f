#include <math.h>

#include "core/kernels/int8_kernels.h"

namespace slim {

FixedPoint ToFixedPoint(double scale) {
  int exponent = 0;
  const double fraction = frexp(scale, &exponent);  // in [1/2, 1), scale = fraction * 2^exponent
  int64_t multiplier = llround(fraction * 2147483648.0);
  int shift = -exponent;
  if (multiplier == int64_t{1} << 31) {
    multiplier /= 2;
    --shift;
  }
  if (scale <= 0 || shift > 31) return {0, 1};
  if (shift < 1) return {INT32_MAX, 1};
  return {static_cast<int32_t>(multiplier), static_cast<int8_t>(shift)};
}

void PackInt8Weights(const int8_t* weights, int64_t outputs, int64_t taps, int64_t channels,
                     int group, int8_t* packed) {
  const int64_t tap_pitch = Int8TapPitch(channels);
  for (int64_t i = 0; i < PackedInt8Size(outputs, taps, channels); ++i) {
    const int64_t block = i / (taps * tap_pitch), tap = i / tap_pitch % taps;
    const int64_t o = block * kBlock + i / group % kBlock;
    const int64_t c = i % tap_pitch / (kBlock * group) * group + i % group;
    packed[i] = o < outputs && c < channels ? weights[(o * taps + tap) * channels + c] : 0;
  }
}

void PackInt8Points(const int8_t* weights, int64_t outputs, int64_t channels, int group,
                    int16_t* packed) {
  // Twice Winograd's G.
  static constexpr int kG[4][3] = {{2, 0, 0}, {1, 1, 1}, {1, -1, 1}, {0, 0, 2}};
  const int64_t point_pitch = Int8PointPitch(channels);
  for (int64_t i = 0; i < PackedInt8PointsSize(outputs, channels); ++i) {
    const int64_t block = i / (kInt8Points * point_pitch);
    const int64_t point = i / point_pitch % kInt8Points;
    const int64_t o = block * kBlock + i / group % kBlock;
    const int64_t c = i % point_pitch / (kBlock * group) * group + i % group;
    int sum = 0;
    for (int64_t k = 0; k < 9 && o < outputs && c < channels; ++k) {
      sum += kG[point / 4][k / 3] * weights[(o * 9 + k) * channels + c] * kG[point % 4][k % 3];
    }
    packed[i] = static_cast<int16_t>(sum);
  }
}

}  // namespace slim
