#include "layers/instance_norm.h"

#include "layers/instance_norm_scratch.h"

namespace slim {
namespace {

template <class T>
void Measure(const Shape& x, Inference* i) {
  Workspace saved, scratch;
  InstanceStatistics<T>(x.n(), x.c(), saved);
  InstanceNormScratch<T>(x.n(), x.c(), i->workers, scratch);
  i->saved_bytes = saved.used();
  i->forward_scratch_bytes = i->backward_scratch_bytes = scratch.used();
}

// Normalises each image by its own statistics, which stay in `statistics`.
template <class T>
void Normalise(const InstanceNorm& l, const ForwardArgs<T>& a,
               const InstanceNormScratch<T>& scratch, const InstanceStatistics<T>& statistics) {
  const Shape& shape = a.output.shape;
  const int64_t images = shape.n(), channels = shape.c(), pixels = shape.h() * shape.w();
  const T* gamma = l.affine ? a.params[0].data : nullptr;
  const T* beta = l.affine ? a.params[1].data : nullptr;
  // The pixels [begin, end) of image n.
  const auto apply = [&](int64_t n, int64_t begin, int64_t end) {
    const int64_t first = (n * pixels + begin) * channels;
    const T *x = a.inputs[0].data + first, *scale = scratch.scale + n * channels;
    const T* shift = scratch.shift + n * channels;
    T* y = a.output.data + first;
    if (a.swish) {
      GetKernels<T>().channel_affine_swish(x, end - begin, channels, scale, shift, y);
    } else {
      GetKernels<T>().channel_affine(x, end - begin, channels, scale, shift,
                                     ClampOf<T>(l.activation), y);
    }
  };
  const auto take_statistics = [&](int64_t n, const auto& run) {
    statistics.Measure(n, a.inputs[0].data + n * pixels * channels, pixels, channels, l.epsilon,
                       run, scratch.sums + 2 * n * channels);
    statistics.Fold(n, channels, gamma, beta, scratch.scale + n * channels,
                    scratch.shift + n * channels);
  };
  if (ImageSums::Share(images, pixels)) {
    for (int64_t n = 0; n < images; ++n) {
      take_statistics(n, [&](const auto& body, double* sums) {
        scratch.of_image.RunShared(pixels, body, sums);
      });
      ParallelFor(pixels, 256, [&](int64_t begin, int64_t end, int) { apply(n, begin, end); });
    }
    return;
  }
  ParallelFor(images, 1, [&](int64_t begin, int64_t end, int worker) {
    for (int64_t n = begin; n < end; ++n) {
      take_statistics(n, [&](const auto& body, double* sums) {
        scratch.of_image.Run(worker, pixels, body, sums);
      });
      apply(n, 0, pixels);
    }
  });
}

}  // namespace

void InstanceNorm::Fields(FieldVisitor& v) {
  v.Field("channels", channels);
  v.Field("epsilon", epsilon);
  v.Field("affine", affine);
  v.Field("activation", activation);
}

Status InstanceNorm::Infer(Inference& i) const {
  SLIM_RETURN_IF_ERROR(ExpectInputs(i, 1));
  SLIM_RETURN_IF_ERROR(ExpectChannels(i, 0, channels));
  SLIM_RETURN_IF_ERROR(ExpectActivation(activation));
  if (!(epsilon > 0 && epsilon < 1)) return Invalid("epsilon must lie between 0 and 1");
  if (affine > 1) return Invalid("affine must be 0 or 1", affine);
  const Shape& x = i.inputs[0];
  if (SaturatingMul(x.h(), x.w()) < 2)
    return Invalid("a map of one pixel has no variance to normalise by");
  if (affine) {
    i.AddVector("scale", ParamRole::kScale, Sharing::kPrefix, channels);
    i.AddVector("shift", ParamRole::kShift, Sharing::kPrefix, channels);
  }
  i.output = x;
  i.macs = i.output.Count();
  if (i.scalar_bytes == 8) {
    Measure<double>(x, &i);
  } else {
    Measure<float>(x, &i);
  }
  return OkStatus();
}

template <class T>
void InstanceNorm::Forward(const ForwardArgs<T>& a) const {
  Workspace workspace(a.scratch);
  const InstanceNormScratch<T> scratch(a.output.shape.n(), a.output.shape.c(), a.workers,
                                       workspace);
  Normalise(*this, a, scratch, scratch.statistics);
}

template <class T>
void InstanceNorm::ForwardTrain(const ForwardArgs<T>& a) const {
  Workspace workspace(a.scratch), saved(a.saved);
  const InstanceNormScratch<T> scratch(a.output.shape.n(), a.output.shape.c(), a.workers,
                                       workspace);
  Normalise(*this, a, scratch,
            InstanceStatistics<T>(a.output.shape.n(), a.output.shape.c(), saved));
}

SLIM_INSTANTIATE_FORWARD(InstanceNorm);
SLIM_INSTANTIATE_FORWARD_TRAIN(InstanceNorm);

}  // namespace slim
