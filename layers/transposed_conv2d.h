// TransposedConv2d: y = act(W^T * x + b), the convolution that runs a Conv2d's shapes backwards and
// so enlarges a map.
#ifndef SLIMSPLIT_LAYERS_TRANSPOSED_CONV2D_H_
#define SLIMSPLIT_LAYERS_TRANSPOSED_CONV2D_H_

#include "layers/activation.h"
#include "layers/layer.h"

namespace slim {

// x: [N][H][W][I] -> y: [N][OH][OW][O] with OH = (H - 1) stride - 2 padding + kernel +
// output_padding; pixel s of x adds W[k] x[s] to pixel s * stride - padding + k of y. weight:
// [1][O][KH][KW][I], the first outputs and inputs active (PyTorch's ConvTranspose2d stores
// [I][O][KH][KW]); bias: [O].
struct TransposedConv2d {
  static constexpr char kName[] = "transposed_conv2d";

  Channels in, out;
  uint8_t kernel = 3;
  uint8_t stride = 2;
  uint8_t padding = 1;         // rows and columns cut from each side of the whole result
  uint8_t output_padding = 1;  // rows and columns more at the bottom and right; < stride
  uint8_t bias = 0;
  Activation activation = Activation::kNone;

  void Fields(FieldVisitor& v);
  Status Infer(Inference& i) const;
  bool TakesEpilogue() const { return activation == Activation::kNone; }
  template <class T>
  void Pack(const PackArgs<T>& a) const;
  template <class T>
  void BuildTable(const Inference& i, void* table) const;
  template <class T>
  void Forward(const ForwardArgs<T>& a) const;
  template <class T>
  void Backward(const BackwardArgs<T>& a) const;
  BackwardNeeds Needs() const { return {BackwardNeeds::kToLearn, activation != Activation::kNone}; }
};

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_TRANSPOSED_CONV2D_H_
