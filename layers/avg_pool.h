// AvgPool: the mean of each channel under a moving window.
#ifndef SLIMSPLIT_LAYERS_AVG_POOL_H_
#define SLIMSPLIT_LAYERS_AVG_POOL_H_

#include "layers/layer.h"

namespace slim {

// x: [N][H][W][C] -> y: [N][OH][OW][C] with OH = (H + 2 padding - kernel) / stride + 1 (rounded
// down). Padding is zeros, at most half the kernel; without count_include_padding the mean is taken
// over the pixels of the map alone.
struct AvgPool {
  static constexpr char kName[] = "avg_pool";

  uint8_t kernel = 2;
  uint8_t stride = 2;
  uint8_t padding = 0;
  uint8_t count_include_padding = 1;

  void Fields(FieldVisitor& v);
  Status Infer(Inference& i) const;
  template <class T>
  void Forward(const ForwardArgs<T>& a) const;
  template <class T>
  void Backward(const BackwardArgs<T>& a) const;
};

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_AVG_POOL_H_
