// SkeletonLayer: y = a * x with one learned number per channel. Meant to be copied; see the steps
// below.
//
// To add a layer: copy skeleton_layer.h, skeleton_layer.cc and skeleton_layer_grad.cc, add one line
// to layers.inc, one to all_layers.h and one to layers/BUILD, write tests/layers/<name>_test.cc
// with three numbers computed by hand, and add one line to tests/laws/cases.inc. Storing, planning,
// printing, counting and the laws then come by themselves. With --precision bf16 such a layer runs
// in float; one that many activations pass should take Bf16 itself (kTakesBf16, as in add.h).
#ifndef SLIMSPLIT_LAYERS_SKELETON_LAYER_H_
#define SLIMSPLIT_LAYERS_SKELETON_LAYER_H_

#include "layers/layer.h"

namespace slim {

// x, y: [N][H][W][C]; scale: [C], of which a width uses a prefix.
struct SkeletonLayer {
  static constexpr char kName[] = "skeleton_layer";

  Channels channels;  // a sliced axis names its channel space; the width plan knows the counts

  // Every field once, in an order that never changes: files depend on it.
  void Fields(FieldVisitor& v);
  // Judges the inputs at one width and says what the layer needs. Nothing is checked again later.
  Status Infer(Inference& i) const;
  template <class T>
  void Forward(const ForwardArgs<T>& a) const;
  // Replaces (or adds to) the gradient of x; always adds to the gradient of the parameters.
  template <class T>
  void Backward(const BackwardArgs<T>& a) const;
  // Optional, all unless said: what Backward reads. Here x for the gradient of scale only, y never.
  BackwardNeeds Needs() const { return {BackwardNeeds::kToLearn, false}; }
};

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_SKELETON_LAYER_H_
