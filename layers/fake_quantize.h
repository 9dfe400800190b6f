// FakeQuantize: what is left of x after a quantiser of few bits, the narrow place of a split
// network.
#ifndef SLIMSPLIT_LAYERS_FAKE_QUANTIZE_H_
#define SLIMSPLIT_LAYERS_FAKE_QUANTIZE_H_

#include "layers/layer.h"

namespace slim {

// x, y: any equal activation shapes with the channels of `channels`. With `bits` = the active count
// of a space of its own (1 to 8), levels = 2^bits - 1 and scale = (high - low) / levels:
//   y = scale * (round(clamp(zero + x / scale, 0, levels)) - zero),   zero = -low / scale,
// the value that Quantizer::OfRange of the codec gives back (split/codec/quantizer.h), to the bit.
// range: [bits][2] = low and high, of which the last active row counts: each number of bits has a
// range of its own. The gradient goes straight through the rounding (Bengio et al., 2013), and to
// the ends of the range as in LSQ+ (Bhalgat et al., 2020); it is no derivative.
struct FakeQuantize {
  static constexpr char kName[] = "fake_quantize";

  Channels channels;
  Channels bits;

  void Fields(FieldVisitor& v);
  Status Infer(Inference& i) const;
  template <class T>
  void Forward(const ForwardArgs<T>& a) const;
  template <class T>
  void Backward(const BackwardArgs<T>& a) const;
};

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_FAKE_QUANTIZE_H_
