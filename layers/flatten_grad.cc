// dx = dy, in the shape of x.
#include "core/parallel.h"
#include "layers/flatten.h"

namespace slim {

template <class T>
void Flatten::Backward(const BackwardArgs<T>& a) const {
  if (!a.grad_inputs[0]) return;
  ParallelFor(a.output.Count(), 4096, [&](int64_t begin, int64_t end, int) {
    const T* dy = a.grad_output.data;
    T* dx = a.grad_inputs[0].data;
    for (int64_t k = begin; k < end; ++k) dx[k] = a.accumulate[0] ? dx[k] + dy[k] : dy[k];
  });
}

SLIM_INSTANTIATE_BACKWARD(Flatten);

}  // namespace slim
