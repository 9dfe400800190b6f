// DepthwiseConv2d: y = act(w * x + b), a convolution of each channel with a kernel of its own.
#ifndef SLIMSPLIT_LAYERS_DEPTHWISE_CONV2D_H_
#define SLIMSPLIT_LAYERS_DEPTHWISE_CONV2D_H_

#include "layers/activation.h"
#include "layers/layer.h"

namespace slim {

// x: [N][H][W][C] -> y: [N][OH][OW][C] with OH = (H + 2 padding - kernel) / stride + 1 (rounded
// down). weight: [KH][KW][C], the first channels active; bias: [C]. PyTorch's Conv2d with
// groups = C.
struct DepthwiseConv2d {
  static constexpr char kName[] = "depthwise_conv2d";
  static constexpr bool kTakesBf16 = true;

  Channels channels;
  uint8_t kernel = 3;
  uint8_t stride = 1;
  uint8_t padding = 1;  // zeros on each side
  uint8_t bias = 0;
  Activation activation = Activation::kNone;

  void Fields(FieldVisitor& v);
  Status Infer(Inference& i) const;
  bool TakesEpilogue() const { return activation == Activation::kNone; }
  template <class T>
  void Forward(const ForwardArgs<T>& a) const;
  template <class T>
  void Backward(const BackwardArgs<T>& a) const;
  BackwardNeeds Needs() const { return {BackwardNeeds::kToLearn, activation != Activation::kNone}; }
};

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_DEPTHWISE_CONV2D_H_
