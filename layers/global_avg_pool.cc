#include "layers/global_avg_pool.h"

#include "core/parallel.h"

namespace slim {

Status GlobalAvgPool::Infer(Inference& i) const {
  SLIM_RETURN_IF_ERROR(ExpectInputs(i, 1));
  i.output = Shape(i.inputs[0].n(), 1, 1, i.inputs[0].c());
  return OkStatus();
}

template <class T>
void GlobalAvgPool::Forward(const ForwardArgs<T>& a) const {
  const Shape& x = a.inputs[0].shape;
  const int64_t pixels = x.h() * x.w(), channels = x.c();
  ParallelFor(x.n(), 8, [&](int64_t begin, int64_t end, int) {
    for (int64_t n = begin; n < end; ++n) {
      T* y = a.output.data + n * channels;
      for (int64_t c = 0; c < channels; ++c) y[c] = T{0};
      for (int64_t p = 0; p < pixels; ++p) {
        const T* row = a.inputs[0].data + (n * pixels + p) * channels;
        for (int64_t c = 0; c < channels; ++c) y[c] += row[c];
      }
      for (int64_t c = 0; c < channels; ++c) y[c] /= static_cast<T>(pixels);
    }
  });
}

SLIM_INSTANTIATE_FORWARD(GlobalAvgPool);

}  // namespace slim
