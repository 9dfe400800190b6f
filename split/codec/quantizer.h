// Quantizer: floats to symbols of 1 to 8 bits and back, the same symbols on every machine.
//
//   symbol = round(clamp(zero + x / scale, 0, 2^bits - 1))     value = scale * (symbol - zero)
//
// Each operation is one IEEE single-precision operation, the rounding is to the nearest integer and
// from the middle to the even one. Infinities are clamped like other numbers, NaN becomes symbol 0.
#ifndef SLIMSPLIT_SPLIT_CODEC_QUANTIZER_H_
#define SLIMSPLIT_SPLIT_CODEC_QUANTIZER_H_

#include <stdint.h>

#include "core/status.h"

namespace slim {

struct Quantizer {
  float scale = 1.0f;  // between two neighbouring values; finite, > 0
  float zero = 0.0f;   // where the value 0 lies on the scale of the symbols; finite
  int bits = 8;        // 1..8

  float Levels() const { return static_cast<float>((1 << bits) - 1); }

  // The 2^bits values are evenly spaced over [low, high], both included.
  static Status OfRange(float low, float high, int bits, Quantizer* quantizer);

  // The same with the zero point cut to an integer symbol, as BottleFit and its relatives quantise
  // after training (Matsubara et al., 2022; Jacob et al., 2018): the value 0 is exact, the ends are
  // not, and a range that lies above 0 is served as if it began there.
  static Status OfBottleFit(float low, float high, int bits, Quantizer* quantizer);

  // Refuses fields out of range, e.g. those read from a file.
  Status Judge() const;
};

void Quantize(const Quantizer& quantizer, const float* x, int64_t count, uint8_t* symbols);

// `symbols` may be any bytes.
void Dequantize(const Quantizer& quantizer, const uint8_t* symbols, int64_t count, float* values);

// Activations [pixels][channels] to symbols [channels][pixels] and back: on the wire each channel
// is a plane. quantizers: [channels].
void QuantizePlanes(const Quantizer* quantizers, const float* x, int64_t pixels, int64_t channels,
                    uint8_t* symbols);
void DequantizePlanes(const Quantizer* quantizers, const uint8_t* symbols, int64_t pixels,
                      int64_t channels, float* values);

}  // namespace slim

#endif  // SLIMSPLIT_SPLIT_CODEC_QUANTIZER_H_
