// dx_i = w_i * dy for the inputs in use.
#include "core/parallel.h"
#include "layers/weighted_sum.h"

namespace slim {

template <class T>
void WeightedSum::Backward(const BackwardArgs<T>& a) const {
  for (int input = 0; input < a.num_inputs; ++input) {
    if (!a.grad_inputs[input]) continue;
    const T weight = static_cast<T>(Weight(input));
    ParallelFor(a.output.Count(), 4096, [&](int64_t begin, int64_t end, int) {
      const T* dy = a.grad_output.data;
      T* dx = a.grad_inputs[input].data;
      for (int64_t k = begin; k < end; ++k) {
        const T value = weight * dy[k];
        dx[k] = a.accumulate[input] ? dx[k] + value : value;
      }
    });
  }
}

SLIM_INSTANTIATE_BACKWARD(WeightedSum);

}  // namespace slim
