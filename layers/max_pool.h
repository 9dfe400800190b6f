// MaxPool: the largest number of each channel under a moving window.
#ifndef SLIMSPLIT_LAYERS_MAX_POOL_H_
#define SLIMSPLIT_LAYERS_MAX_POOL_H_

#include "layers/layer.h"

namespace slim {

// x: [N][H][W][C] -> y: [N][OH][OW][C] with OH = (H + 2 padding - kernel) / stride + 1 (rounded
// down). Padding never wins; it is at most half the kernel. Of equal numbers the first, row by row,
// gets the gradient, as in PyTorch. A NaN under the window is the result.
struct MaxPool {
  static constexpr char kName[] = "max_pool";

  uint8_t kernel = 2;
  uint8_t stride = 2;
  uint8_t padding = 0;

  void Fields(FieldVisitor& v);
  Status Infer(Inference& i) const;
  template <class T>
  void Forward(const ForwardArgs<T>& a) const;
  template <class T>
  void Backward(const BackwardArgs<T>& a) const;
};

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_MAX_POOL_H_
