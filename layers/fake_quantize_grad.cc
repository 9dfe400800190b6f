// dx and the ends of the range: layers/quantize_common.h.
#include "layers/fake_quantize.h"
#include "layers/quantize_common.h"

namespace slim {

template <class T>
void FakeQuantize::Backward(const BackwardArgs<T>& a) const {
  const RangeGradient gradient = QuantizeBackward(LastRangeOf(a.params[0]), a);
  if (!a.grad_params[0]) return;
  const int64_t row = 2 * (a.params[0].shape.dim[0] - 1);
  a.grad_params[0][row] += static_cast<T>(gradient.low);
  a.grad_params[0][row + 1] += static_cast<T>(gradient.high);
}

SLIM_INSTANTIATE_BACKWARD(FakeQuantize);

}  // namespace slim
