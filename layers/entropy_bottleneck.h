// EntropyBottleneck: rounds a latent for an entropy coder, whose cost it learns to foresee.
#ifndef SLIMSPLIT_LAYERS_ENTROPY_BOTTLENECK_H_
#define SLIMSPLIT_LAYERS_ENTROPY_BOTTLENECK_H_

#include "layers/layer.h"

namespace slim {

// x, y: any equal activation shapes with the channels of `channels`. The active count r of the
// space `rates` says how coarse: with step = step[r - 1],
//   y = step * clamp(round(x / step), -2^(bits-1), 2^(bits-1) - 1),
// what Quantizer::OfRange of the codec gives back, to the bit. The gradient goes straight through
// the rounding, as in FakeQuantize.
//
// step: [rates]. prior: [rates][C][kPriorParams], the factorised prior of Balle et al. (2018,
// appendix 6.1) for each rate and channel: how likely each symbol is. The layer itself makes no use
// of it; in training it tells what a latent would cost (autograd/factorized_prior.h).
struct EntropyBottleneck {
  static constexpr char kName[] = "entropy_bottleneck";
  // Matrices, biases and factors of a monotone network with 1, 3, 3, 3, 3, 1 units.
  static constexpr int64_t kPriorParams = 58;

  Channels channels;
  Channels rates;
  uint8_t bits = 6;  // of a symbol, 2 to 8

  void Fields(FieldVisitor& v);
  Status Infer(Inference& i) const;
  template <class T>
  void Forward(const ForwardArgs<T>& a) const;
  template <class T>
  void Backward(const BackwardArgs<T>& a) const;

  // The values that the lowest and the highest symbol stand for.
  template <class T>
  T Low(T step) const {
    return -step * static_cast<T>(1 << (bits - 1));
  }
  template <class T>
  T High(T step) const {
    return step * static_cast<T>((1 << (bits - 1)) - 1);
  }
};

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_ENTROPY_BOTTLENECK_H_
