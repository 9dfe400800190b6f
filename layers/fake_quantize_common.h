// The arithmetic of FakeQuantize, forwards and backwards.
#ifndef SLIMSPLIT_LAYERS_FAKE_QUANTIZE_COMMON_H_
#define SLIMSPLIT_LAYERS_FAKE_QUANTIZE_COMMON_H_

#include "layers/fake_quantize.h"

namespace slim {

// The quantiser of the last active row of `range` [bits][2]. A range that training has turned round
// is taken as very narrow.
template <class T>
struct QuantizeRange {
  T levels, scale, zero;

  explicit QuantizeRange(const TensorView<const T>& range) {
    const int64_t bits = range.shape.dim[0];
    const T low = range[2 * (bits - 1)], high = range[2 * (bits - 1) + 1];
    levels = static_cast<T>((1 << bits) - 1);
    const T least = static_cast<T>(1e-6);
    scale = (high > low + least ? high - low : least) / levels;
    zero = -low / scale;
  }

  // Where x lies on the scale of the symbols.
  T Position(T x) const { return zero + x / scale; }
  // The nearest symbol; the even one from the middle.
  T Symbol(T position) const {
    const T not_below = position > 0 ? position : T{0};
    // Adding 2^23 (2^52) leaves no bits for a fraction.
    const T rounder = sizeof(T) == 8 ? static_cast<T>(0x1p52) : static_cast<T>(0x1p23);
    return ((not_below < levels ? not_below : levels) + rounder) - rounder;
  }
  T Value(T symbol) const { return scale * (symbol - zero); }
};

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_FAKE_QUANTIZE_COMMON_H_
