// dx and the ends of the range: layers/quantize_common.h. Both ends are multiples of the step.
#include "layers/entropy_bottleneck.h"
#include "layers/quantize_common.h"

namespace slim {

template <class T>
void EntropyBottleneck::Backward(const BackwardArgs<T>& a) const {
  const int64_t row = a.params[0].Count() - 1;
  const T step = a.params[0][row];
  const RangeGradient gradient = QuantizeBackward(QuantizeRange<T>(Low(step), High(step), bits), a);
  if (!a.grad_params[0]) return;
  a.grad_params[0][row] += static_cast<T>(gradient.low * Low(1.0) + gradient.high * High(1.0));
}

SLIM_INSTANTIATE_BACKWARD(EntropyBottleneck);

}  // namespace slim
