#include "layers/global_avg_pool.h"

#include "layers/norm_common.h"

namespace slim {
namespace {

struct PoolScratch {
  double* sums;        // [N][C]
  ImageSums of_image;  // [C]
  PoolScratch(int64_t images, int64_t channels, int workers, Workspace& w)
      : sums(w.Take<double>(SaturatingMul(images, channels))), of_image(channels, workers, w) {}
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
  const Shape& shape = a.inputs[0].shape;
  const int64_t images = shape.n(), pixels = shape.h() * shape.w(), channels = shape.c();
  Workspace workspace(a.scratch);
  const PoolScratch scratch(images, channels, a.workers, workspace);
  const auto average = [&](int64_t n, const auto& run) {
    const T* x = a.inputs[0].data + n * pixels * channels;
    double* const sums = scratch.sums + n * channels;
    run(
        [&](int64_t begin, int64_t end, double* part) {
          GetKernels<T>().channel_sums(x + begin * channels, end - begin, channels, part);
        },
        sums);
    for (int64_t c = 0; c < channels; ++c) {
      a.output.data[n * channels + c] = static_cast<T>(sums[c] / static_cast<double>(pixels));
    }
  };
  if (ImageSums::Share(images, pixels)) {
    for (int64_t n = 0; n < images; ++n) {
      average(n, [&](const auto& body, double* sums) {
        scratch.of_image.RunShared(pixels, body, sums);
      });
    }
    return;
  }
  ParallelFor(images, 8, [&](int64_t begin, int64_t end, int worker) {
    for (int64_t n = begin; n < end; ++n) {
      average(n, [&](const auto& body, double* sums) {
        scratch.of_image.Run(worker, pixels, body, sums);
      });
    }
  });
}

SLIM_INSTANTIATE_FORWARD(GlobalAvgPool);

}  // namespace slim
