#include "layers/global_avg_pool.h"

#include "layers/norm_common.h"

namespace slim {
namespace {

struct PoolScratch {
  double* sums;        // [N][C]
  ChannelSums shared;  // of an image that workers share
  PoolScratch(int64_t images, int64_t channels, int workers, Workspace& w)
      : sums(w.Take<double>(SaturatingMul(images, channels))), shared(channels, workers, w) {}
};

}  // namespace

Status GlobalAvgPool::Infer(Inference& i) const {
  SLIM_RETURN_IF_ERROR(ExpectInputs(i, 1));
  i.output = Shape(i.inputs[0].n(), 1, 1, i.inputs[0].c());
  Workspace scratch;
  PoolScratch(i.output.n(), i.output.c(), i.workers, scratch);
  i.forward_scratch_bytes = scratch.used();
  return OkStatus();
}

template <class T>
void GlobalAvgPool::Forward(const ForwardArgs<T>& a) const {
  const Shape& x = a.inputs[0].shape;
  const int64_t images = x.n(), pixels = x.h() * x.w(), channels = x.c();
  Workspace workspace(a.scratch);
  const PoolScratch scratch(images, channels, a.workers, workspace);
  const auto add = [&](int64_t n, int64_t begin, int64_t end, double* sums) {
    GetKernels<T>().channel_sums(a.inputs[0].data + (n * pixels + begin) * channels, end - begin,
                                 channels, sums);
  };
  const auto divide = [&](int64_t n, const double* sums) {
    for (int64_t c = 0; c < channels; ++c) {
      a.output.data[n * channels + c] = static_cast<T>(sums[c] / static_cast<double>(pixels));
    }
  };
  if (images < ParallelWorkers()) {
    for (int64_t n = 0; n < images; ++n) {
      scratch.shared.Run(pixels, [&](int64_t begin, int64_t end, double* sums, double*) {
        add(n, begin, end, sums);
      });
      divide(n, scratch.shared.all());
    }
    return;
  }
  ParallelFor(images, 8, [&](int64_t begin, int64_t end, int) {
    for (int64_t n = begin; n < end; ++n) {
      double* const sums = scratch.sums + n * channels;
      for (int64_t c = 0; c < channels; ++c) sums[c] = 0;
      add(n, 0, pixels, sums);
      divide(n, sums);
    }
  });
}

SLIM_INSTANTIATE_FORWARD(GlobalAvgPool);

}  // namespace slim
