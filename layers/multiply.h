// Multiply: y = x * s, one factor per image and channel; the last step of squeeze-excite (Hu et
// al., 2018).
#ifndef SLIMSPLIT_LAYERS_MULTIPLY_H_
#define SLIMSPLIT_LAYERS_MULTIPLY_H_

#include "layers/layer.h"

namespace slim {

// x: [N][H][W][C], s: [N][1][1][C] -> y: [N][H][W][C].
struct Multiply {
  static constexpr char kName[] = "multiply";

  void Fields(FieldVisitor&) {}
  Status Infer(Inference& i) const;
  template <class T>
  void Forward(const ForwardArgs<T>& a) const;
  template <class T>
  void Backward(const BackwardArgs<T>& a) const;
  BackwardNeeds Needs() const { return {BackwardNeeds::kAlways, false}; }
};

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_MULTIPLY_H_
