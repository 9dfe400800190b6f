// Conv2d: y = act(W * x + b), a two-dimensional convolution with square kernels.
#ifndef SLIMSPLIT_LAYERS_CONV2D_H_
#define SLIMSPLIT_LAYERS_CONV2D_H_

#include "layers/activation.h"
#include "layers/layer.h"

namespace slim {

// x: [N][H][W][I] -> y: [N][OH][OW][O] with OH = (H + 2 padding - kernel) / stride + 1 (rounded
// down). weight: [G][O/G][KH][KW][I/G], the first outputs and inputs of each group active; bias:
// [O].
struct Conv2d {
  static constexpr char kName[] = "conv2d";
  static constexpr bool kTakesBf16 = true;

  Channels in, out;
  uint8_t kernel = 3;
  uint8_t stride = 1;
  uint8_t padding = 1;  // zeros on each side
  uint8_t bias = 0;
  uint16_t groups = 1;
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

 private:
  // The sizes of tables and scratch memory.
  template <class T>
  void InferMemory(Inference* i) const;
};

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_CONV2D_H_
