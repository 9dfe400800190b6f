#include "split/codec/quantizer.h"

#include <float.h>
#include <string.h>

namespace slim {
namespace {

static_assert(FLT_EVAL_METHOD == 0, "floats must be computed as floats");

// The low bits of 2^23 + v are v, rounded as the symbols are.
constexpr float kRounder = 0x1p23f;

inline uint8_t SymbolOf(float scale, float zero, float levels, float x) {
  const float position = zero + x / scale;
  const float not_below = position > 0.0f ? position : 0.0f;  // NaN fails the comparison
  const float rounded = (not_below < levels ? not_below : levels) + kRounder;
  uint32_t bits;
  memcpy(&bits, &rounded, sizeof bits);
  return static_cast<uint8_t>(bits);
}

inline float ValueOf(float scale, float zero, uint8_t symbol) {
  return scale * (static_cast<float>(symbol) - zero);
}

}  // namespace

Status Quantizer::Judge() const {
  if (bits < 1 || bits > 8) return Invalid("quantizer: bits outside 1..8", bits);
  if (!(scale >= FLT_MIN && scale <= FLT_MAX)) {
    return Invalid("quantizer: the scale is no positive normal number");
  }
  if (!(zero >= -FLT_MAX && zero <= FLT_MAX)) {
    return Invalid("quantizer: the zero point is not finite");
  }
  return OkStatus();
}

Status Quantizer::OfRange(float low, float high, int bits, Quantizer* quantizer) {
  if (bits < 1 || bits > 8) return Invalid("quantizer: bits outside 1..8", bits);
  if (!(low < high)) return Invalid("quantizer: the low end of the range is not below the high");
  Quantizer made;
  made.bits = bits;
  made.scale = (high - low) / made.Levels();
  made.zero = -low / made.scale;
  SLIM_RETURN_IF_ERROR(made.Judge());
  *quantizer = made;
  return OkStatus();
}

Status Quantizer::OfBottleFit(float low, float high, int bits, Quantizer* quantizer) {
  Quantizer made;
  SLIM_RETURN_IF_ERROR(OfRange(low, high, bits, &made));
  const float levels = made.Levels();
  const float clamped = made.zero < 0.0f ? 0.0f : made.zero > levels ? levels : made.zero;
  made.zero = static_cast<float>(static_cast<int>(clamped));
  *quantizer = made;
  return OkStatus();
}

void Quantize(const Quantizer& quantizer, const float* x, int64_t count, uint8_t* symbols) {
  const float scale = quantizer.scale, zero = quantizer.zero, levels = quantizer.Levels();
  for (int64_t i = 0; i < count; ++i) symbols[i] = SymbolOf(scale, zero, levels, x[i]);
}

void Dequantize(const Quantizer& quantizer, const uint8_t* symbols, int64_t count, float* values) {
  const float scale = quantizer.scale, zero = quantizer.zero;
  for (int64_t i = 0; i < count; ++i) values[i] = ValueOf(scale, zero, symbols[i]);
}

void QuantizePlanes(const Quantizer* quantizers, const float* x, int64_t pixels, int64_t channels,
                    uint8_t* symbols) {
  for (int64_t c = 0; c < channels; ++c) {
    const float scale = quantizers[c].scale, zero = quantizers[c].zero;
    const float levels = quantizers[c].Levels();
    uint8_t* plane = symbols + c * pixels;
    for (int64_t i = 0; i < pixels; ++i) {
      plane[i] = SymbolOf(scale, zero, levels, x[i * channels + c]);
    }
  }
}

void DequantizePlanes(const Quantizer* quantizers, const uint8_t* symbols, int64_t pixels,
                      int64_t channels, float* values) {
  for (int64_t c = 0; c < channels; ++c) {
    const float scale = quantizers[c].scale, zero = quantizers[c].zero;
    const uint8_t* plane = symbols + c * pixels;
    for (int64_t i = 0; i < pixels; ++i) values[i * channels + c] = ValueOf(scale, zero, plane[i]);
  }
}

}  // namespace slim
