// Quantising and giving back, forwards and backwards: what the layers with a quantiser share.
#ifndef SLIMSPLIT_LAYERS_QUANTIZE_COMMON_H_
#define SLIMSPLIT_LAYERS_QUANTIZE_COMMON_H_

#include "core/parallel.h"
#include "layers/layer.h"

namespace slim {

// 2^bits equal steps from low to high, the arithmetic of Quantizer::OfRange of the codec
// (split/codec/quantizer.h), to the bit. A range that training has turned round is taken as very
// narrow.
template <class T>
struct QuantizeRange {
  T levels, scale, zero;

  QuantizeRange(T low, T high, int bits) {
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

// Of the last active row of `ends` [bits][2].
template <class T>
QuantizeRange<T> LastRangeOf(const TensorView<const T>& ends) {
  const int64_t bits = ends.shape.dim[0];
  return {ends[2 * (bits - 1)], ends[2 * (bits - 1) + 1], static_cast<int>(bits)};
}

template <class T>
void QuantizeForward(const QuantizeRange<T>& range, const ForwardArgs<T>& a) {
  ParallelFor(a.output.Count(), 4096, [&](int64_t begin, int64_t end, int) {
    for (int64_t i = begin; i < end; ++i) {
      const T x = a.inputs[0][i];
      // NaN passes, so that a diverging network is seen; the codec would send symbol 0.
      a.output[i] = x == x ? range.Value(range.Symbol(range.Position(x))) : x;
    }
  });
}

// Of low and high.
struct RangeGradient {
  double low = 0, high = 0;
};

inline int64_t QuantizeBackwardScratchBytes(int workers) {
  return AlignUp(static_cast<int64_t>(sizeof(RangeGradient)) * workers);
}

// The gradient goes straight through the rounding (Bengio et al., 2013), and to the ends of the
// range as in LSQ+ (Bhalgat et al., 2020). With v the position of x and r its symbol:
//   dx = dy where 0 <= v <= levels, else 0
//   dhigh += dy * (r - v) / levels inside, dy above;   dlow -= dy * (r - v) / levels inside, += dy
//   below
template <class T>
RangeGradient QuantizeBackward(const QuantizeRange<T>& range, const BackwardArgs<T>& a) {
  RangeGradient* sums = static_cast<RangeGradient*>(a.scratch);  // [workers]
  for (int i = 0; i < a.workers; ++i) sums[i] = RangeGradient();
  ParallelFor(a.output.Count(), 4096, [&](int64_t begin, int64_t end, int worker) {
    RangeGradient sum;
    for (int64_t i = begin; i < end; ++i) {
      const T position = range.Position(a.inputs[0][i]), dy = a.grad_output[i];
      const bool inside = position >= 0 && position <= range.levels;
      if (inside) {
        const double part = (range.Symbol(position) - position) / range.levels;
        sum.high += dy * part;
        sum.low -= dy * part;
      } else if (position > range.levels) {
        sum.high += dy;
      } else {
        sum.low += dy;
      }
      if (!a.grad_inputs[0]) continue;
      const T dx = inside ? dy : T{0};
      a.grad_inputs[0][i] = a.accumulate[0] ? a.grad_inputs[0][i] + dx : dx;
    }
    sums[worker] = sum;
  });
  RangeGradient all;
  for (int i = 0; i < a.workers; ++i) {
    all.low += sums[i].low;
    all.high += sums[i].high;
  }
  return all;
}

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_QUANTIZE_COMMON_H_
