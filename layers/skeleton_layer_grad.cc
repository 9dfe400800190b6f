// dx = scale * dy,  dscale += sum over pixels of x * dy.
#include "layers/skeleton_layer.h"

namespace slim {

template <class T>
void SkeletonLayer::Backward(const BackwardArgs<T>& a) const {
  const int64_t channels_active = a.output.shape.c();
  for (int64_t i = 0; i < a.output.Count(); ++i) {
    const int64_t c = i % channels_active;
    if (a.grad_params[0]) a.grad_params[0][c] += a.inputs[0][i] * a.grad_output[i];
    if (!a.grad_inputs[0]) continue;
    const T value = a.params[0][c] * a.grad_output[i];
    a.grad_inputs[0][i] = a.accumulate[0] ? a.grad_inputs[0][i] + value : value;
  }
}

SLIM_INSTANTIATE_BACKWARD(SkeletonLayer);

}  // namespace slim
