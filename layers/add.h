// Add: y = act(a + b), the sum at the end of a residual block.
#ifndef SLIMSPLIT_LAYERS_ADD_H_
#define SLIMSPLIT_LAYERS_ADD_H_

#include "layers/activation.h"
#include "layers/layer.h"

namespace slim {

// a, b, y: any equal activation shapes.
struct Add {
  static constexpr char kName[] = "add";
  static constexpr bool kTakesBf16 = true;

  Activation activation = Activation::kNone;

  void Fields(FieldVisitor& v);
  Status Infer(Inference& i) const;
  template <class T>
  void Forward(const ForwardArgs<T>& a) const;
  template <class T>
  void Backward(const BackwardArgs<T>& a) const;
  BackwardNeeds Needs() const { return {BackwardNeeds::kNever, true}; }
};

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_ADD_H_
