// How InstanceNorm lays out its scratch memory (the same lines measure it in Infer and use it in
// the verbs), and how it takes the statistics.
#ifndef SLIMSPLIT_LAYERS_INSTANCE_NORM_SCRATCH_H_
#define SLIMSPLIT_LAYERS_INSTANCE_NORM_SCRATCH_H_

#include "layers/norm_common.h"

namespace slim {

// Of each image and channel, [N][C]; kept from ForwardTrain to Backward.
template <class T>
struct InstanceStatistics {
  T* mean;
  double* inverse;  // 1 / sqrt(var + eps)
  InstanceStatistics(int64_t images, int64_t channels, Workspace& w)
      : mean(w.Take<T>(SaturatingMul(images, channels))),
        inverse(w.Take<double>(SaturatingMul(images, channels))) {}

  // Takes those of image n, `x` [pixels][channels], from its moments about the first pixel, which
  // is as good a guess of the mean as any: run(body, sums) calls body as ImageSums does. Room for
  // 2 * channels numbers in `sums`.
  template <class Run>
  void Measure(int64_t n, const T* x, int64_t pixels, int64_t channels, double epsilon,
               const Run& run, double* sums) const {
    run(
        [&](int64_t begin, int64_t end, double* part) {
          GetKernels<T>().channel_moments(x + begin * channels, end - begin, channels, x, part,
                                          part + channels);
        },
        sums);
    for (int64_t c = 0; c < channels; ++c) {
      double exact, variance;
      MeanAndVariance(sums[c], sums[channels + c], pixels, x[c], &exact, &variance);
      mean[n * channels + c] = static_cast<T>(exact);
      inverse[n * channels + c] = 1 / sqrt(variance + epsilon);
    }
  }
  // y = act(x * scale[c] + shift[c]) in image n; gamma and beta: [channels], or null for 1 and 0.
  void Fold(int64_t n, int64_t channels, const T* gamma, const T* beta, T* scale, T* shift) const {
    for (int64_t c = 0; c < channels; ++c) {
      const double factor = (gamma == nullptr ? 1 : gamma[c]) * inverse[n * channels + c];
      scale[c] = static_cast<T>(factor);
      shift[c] = static_cast<T>((beta == nullptr ? 0 : beta[c]) - mean[n * channels + c] * factor);
    }
  }
};

template <class T>
struct InstanceNormScratch {
  InstanceStatistics<T> statistics;  // where none are kept
  double* sums;                      // [N][2][C]
  T* a;                              // [N][C], coefficients of the pass over all pixels
  T* b;
  T* c;
  T* scale;  // [N][C]
  T* shift;
  ImageSums of_image;  // [2][C]
  InstanceNormScratch(int64_t images, int64_t channels, int workers, Workspace& w)
      : statistics(images, channels, w),
        sums(w.Take<double>(SaturatingMul(2 * images, channels))),
        a(w.Take<T>(SaturatingMul(images, channels))),
        b(w.Take<T>(SaturatingMul(images, channels))),
        c(w.Take<T>(SaturatingMul(images, channels))),
        scale(w.Take<T>(SaturatingMul(images, channels))),
        shift(w.Take<T>(SaturatingMul(images, channels))),
        of_image(SaturatingMul(2, channels), workers, w) {}
};

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_INSTANCE_NORM_SCRATCH_H_
