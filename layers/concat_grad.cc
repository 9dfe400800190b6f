// dx_i = the channels of dy that came from x_i.
#include "core/parallel.h"
#include "layers/concat.h"

namespace slim {

template <class T>
void Concat::Backward(const BackwardArgs<T>& a) const {
  const int64_t channels = a.output.shape.c();
  int64_t first = 0;
  for (int input = 0; input < a.num_inputs; ++input) {
    const int64_t part = a.inputs[input].shape.c();
    if (a.grad_inputs[input]) {
      ParallelFor(a.output.shape.pixels(), 256, [&](int64_t begin, int64_t end, int) {
        for (int64_t p = begin; p < end; ++p) {
          const T* dy = a.grad_output.data + p * channels + first;
          T* dx = a.grad_inputs[input].data + p * part;
          for (int64_t c = 0; c < part; ++c) dx[c] = a.accumulate[input] ? dx[c] + dy[c] : dy[c];
        }
      });
    }
    first += part;
  }
}

SLIM_INSTANTIATE_BACKWARD(Concat);

}  // namespace slim
