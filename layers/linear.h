// Linear: y = W * x + b on the features of each image.
#ifndef SLIMSPLIT_LAYERS_LINEAR_H_
#define SLIMSPLIT_LAYERS_LINEAR_H_

#include "layers/layer.h"

namespace slim {

// x: [N][H][W][I] with H * W = taps -> y: [N][1][1][O]. weight: [O][taps][I], bias: [O]. A feature
// vector has one tap; a map is read as it lies in memory, so that a narrower width still cuts each
// pixel's channels to a prefix.
struct Linear {
  static constexpr char kName[] = "linear";

  Channels in, out;
  uint32_t taps = 1;
  uint8_t bias = 1;

  void Fields(FieldVisitor& v);
  Status Infer(Inference& i) const;
  template <class T>
  void Forward(const ForwardArgs<T>& a) const;
  template <class T>
  void Backward(const BackwardArgs<T>& a) const;
  BackwardNeeds Needs() const { return {BackwardNeeds::kToLearn, false}; }
};

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_LINEAR_H_
