// dx_c = y_c * (dy_c - sum over channels k of y_k * dy_k)
#include "core/parallel.h"
#include "layers/softmax.h"

namespace slim {

template <class T>
void Softmax::Backward(const BackwardArgs<T>& a) const {
  if (!a.grad_inputs[0]) return;
  const int64_t channels = a.output.shape.c();
  ParallelFor(a.output.shape.pixels(), 64, [&](int64_t begin, int64_t end, int) {
    for (int64_t p = begin; p < end; ++p) {
      const T* y = a.output.data + p * channels;
      const T* dy = a.grad_output.data + p * channels;
      T* dx = a.grad_inputs[0].data + p * channels;
      T sum = 0;
      for (int64_t c = 0; c < channels; ++c) sum += y[c] * dy[c];
      for (int64_t c = 0; c < channels; ++c) {
        const T value = y[c] * (dy[c] - sum);
        dx[c] = a.accumulate[0] ? dx[c] + value : value;
      }
    }
  });
}

SLIM_INSTANTIATE_BACKWARD(Softmax);

}  // namespace slim
