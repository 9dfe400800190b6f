// Upsample: a map `factor` times as high and as wide.
#ifndef SLIMSPLIT_LAYERS_UPSAMPLE_H_
#define SLIMSPLIT_LAYERS_UPSAMPLE_H_

#include "layers/layer.h"

namespace slim {

// x: [N][H][W][C] -> y: [N][factor * H][factor * W][C]. Each pixel of y is the pixel of x that it
// lies in; or, when bilinear, a mix of the nearest two in each direction, where pixel centres lie
// at half integers and the border is repeated (PyTorch's align_corners = false).
struct Upsample {
  static constexpr char kName[] = "upsample";

  uint8_t factor = 2;
  uint8_t bilinear = 0;

  void Fields(FieldVisitor& v);
  Status Infer(Inference& i) const;
  template <class T>
  void Forward(const ForwardArgs<T>& a) const;
  template <class T>
  void Backward(const BackwardArgs<T>& a) const;
  BackwardNeeds Needs() const { return {BackwardNeeds::kNever, false}; }
};

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_UPSAMPLE_H_
