// Flatten: a map as one feature vector.
#ifndef SLIMSPLIT_LAYERS_FLATTEN_H_
#define SLIMSPLIT_LAYERS_FLATTEN_H_

#include "layers/layer.h"

namespace slim {

// x: [N][H][W][C] -> y: [N][1][1][H * W * C], in the order of memory: channels innermost, where
// PyTorch has them outermost. The space `out` must have H * W * C channels at every width.
//
// Weights that read y line up across widths only if C is the same at all of them or the map is one
// pixel. To classify a map that slims, give Linear the map itself, with taps = H * W.
struct Flatten {
  static constexpr char kName[] = "flatten";

  Channels out;

  void Fields(FieldVisitor& v);
  Status Infer(Inference& i) const;
  template <class T>
  void Forward(const ForwardArgs<T>& a) const;
  template <class T>
  void Backward(const BackwardArgs<T>& a) const;
  BackwardNeeds Needs() const { return {BackwardNeeds::kNever, false}; }
};

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_FLATTEN_H_
