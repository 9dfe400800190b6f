// dx = dy / (H W) at every pixel.
#include "core/parallel.h"
#include "layers/global_avg_pool.h"

namespace slim {

template <class T>
void GlobalAvgPool::Backward(const BackwardArgs<T>& a) const {
  if (!a.grad_inputs[0]) return;
  const Shape& x = a.inputs[0].shape;
  const int64_t pixels = x.h() * x.w(), channels = x.c();
  ParallelFor(x.n(), 8, [&](int64_t begin, int64_t end, int) {
    for (int64_t n = begin; n < end; ++n) {
      const T* dy = a.grad_output.data + n * channels;
      for (int64_t p = 0; p < pixels; ++p) {
        T* dx = a.grad_inputs[0].data + (n * pixels + p) * channels;
        for (int64_t c = 0; c < channels; ++c) {
          const T value = dy[c] / static_cast<T>(pixels);
          dx[c] = a.accumulate[0] ? dx[c] + value : value;
        }
      }
    }
  });
}

SLIM_INSTANTIATE_BACKWARD(GlobalAvgPool);

}  // namespace slim
