// dx = f'(x) * dy
#include "core/parallel.h"
#include "layers/activations.h"

namespace slim {

template <class Function>
template <class T>
void Pointwise<Function>::Backward(const BackwardArgs<T>& a) const {
  if (!a.grad_inputs[0]) return;
  ParallelFor(a.output.Count(), 4096, [&](int64_t begin, int64_t end, int) {
    const T* x = a.inputs[0].data;
    const T* y = a.output.data;
    const T* dy = a.grad_output.data;
    T* dx = a.grad_inputs[0].data;
    for (int64_t k = begin; k < end; k += kPointwiseRun) {
      const int64_t n = PointwiseRun(end - k);
      T slope[kPointwiseRun];
      function.Slopes(x + k, y + k, n, slope);
      for (int64_t j = 0; j < n; ++j) {
        const T value = slope[j] * dy[k + j];
        dx[k + j] = a.accumulate[0] ? dx[k + j] + value : value;
      }
    }
  });
}

SLIM_INSTANTIATE_BACKWARD(Pointwise<ReluFunction>);
SLIM_INSTANTIATE_BACKWARD(Pointwise<Relu6Function>);
SLIM_INSTANTIATE_BACKWARD(Pointwise<LeakyReluFunction>);
SLIM_INSTANTIATE_BACKWARD(Pointwise<SigmoidFunction>);
SLIM_INSTANTIATE_BACKWARD(Pointwise<SwishFunction>);
SLIM_INSTANTIATE_BACKWARD(Pointwise<HardSwishFunction>);

}  // namespace slim
