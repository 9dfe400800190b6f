// Softmax: y_c = exp(x_c) / sum over channels k of exp(x_k), at each pixel.
#ifndef SLIMSPLIT_LAYERS_SOFTMAX_H_
#define SLIMSPLIT_LAYERS_SOFTMAX_H_

#include "layers/layer.h"

namespace slim {

// x, y: [N][H][W][C]. The largest channel is subtracted first, so that no finite x overflows. The
// losses take logits and need no softmax before them.
struct Softmax {
  static constexpr char kName[] = "softmax";

  void Fields(FieldVisitor&) {}
  Status Infer(Inference& i) const;
  template <class T>
  void Forward(const ForwardArgs<T>& a) const;
  template <class T>
  void Backward(const BackwardArgs<T>& a) const;
  BackwardNeeds Needs() const { return {BackwardNeeds::kNever, true}; }
};

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_SOFTMAX_H_
