// InstanceNorm: y = act(gamma * (x - mean) / sqrt(var + eps) + beta), per image and channel
// (Ulyanov, Vedaldi and Lempitsky, 2016).
#ifndef SLIMSPLIT_LAYERS_INSTANCE_NORM_H_
#define SLIMSPLIT_LAYERS_INSTANCE_NORM_H_

#include "layers/activation.h"
#include "layers/layer.h"

namespace slim {

// x, y: [N][H][W][C], at least two pixels. mean and the biased var are those of each image and
// channel over its pixels, in training and after it: there is nothing that a width would have to
// keep for itself. scale (gamma) and shift (beta): [C], of which a width uses a prefix; without
// `affine` they are 1 and 0.
struct InstanceNorm {
  static constexpr char kName[] = "instance_norm";

  Channels channels;
  float epsilon = 1e-5f;
  uint8_t affine = 0;
  Activation activation = Activation::kNone;

  void Fields(FieldVisitor& v);
  Status Infer(Inference& i) const;
  bool TakesSwish() const { return activation == Activation::kNone; }
  template <class T>
  void Forward(const ForwardArgs<T>& a) const;
  template <class T>
  void ForwardTrain(const ForwardArgs<T>& a) const;
  template <class T>
  void Backward(const BackwardArgs<T>& a) const;
  BackwardNeeds Needs() const { return {BackwardNeeds::kAlways, false}; }
};

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_INSTANCE_NORM_H_
