#include "layers/global_avg_pool.h"

#include "core/kernels/kernels.h"
#include "core/parallel.h"
#include "core/workspace.h"

namespace slim {

Status GlobalAvgPool::Infer(Inference& i) const {
  SLIM_RETURN_IF_ERROR(ExpectInputs(i, 1));
  i.output = Shape(i.inputs[0].n(), 1, 1, i.inputs[0].c());
  Workspace scratch;
  scratch.Take<double>(i.output.Count());
  i.forward_scratch_bytes = scratch.used();
  return OkStatus();
}

template <class T>
void GlobalAvgPool::Forward(const ForwardArgs<T>& a) const {
  const Shape& x = a.inputs[0].shape;
  const int64_t pixels = x.h() * x.w(), channels = x.c();
  Workspace scratch(a.scratch);
  double* const sums = scratch.Take<double>(x.n() * channels);
  ParallelFor(x.n(), 8, [&](int64_t begin, int64_t end, int) {
    for (int64_t i = begin * channels; i < end * channels; ++i) sums[i] = 0;
    for (int64_t n = begin; n < end; ++n) {
      GetKernels<T>().channel_sums(a.inputs[0].data + n * pixels * channels, pixels, channels,
                                   sums + n * channels);
    }
    for (int64_t i = begin * channels; i < end * channels; ++i) {
      a.output.data[i] = static_cast<T>(sums[i] / static_cast<double>(pixels));
    }
  });
}

SLIM_INSTANTIATE_FORWARD(GlobalAvgPool);

}  // namespace slim
