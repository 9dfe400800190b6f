// Gradients of instance norm. With g the gradient that passed the activation, P pixels of an image,
// r = 1 / sqrt(var + eps), and sums over those pixels:
//   dgamma = sum over images of r * sum g (x - mean),   dbeta = sum over images of sum g
//   dx = gamma r (g - sum g / P - (x - mean) r^2 / P * sum g (x - mean))
#include "layers/instance_norm.h"
#include "layers/instance_norm_scratch.h"

namespace slim {

template <class T>
void InstanceNorm::Backward(const BackwardArgs<T>& a) const {
  const Shape& shape = a.output.shape;
  const int64_t images = shape.n(), channels = shape.c(), pixels = shape.h() * shape.w();
  Workspace workspace(a.scratch), saved(const_cast<void*>(a.saved));
  const InstanceNormScratch<T> scratch(images, channels, a.workers, workspace);
  // Only ForwardTrain has kept the statistics.
  const bool kept = a.batch_statistics;
  const InstanceStatistics<T> statistics =
      kept ? InstanceStatistics<T>(images, channels, saved) : scratch.statistics;

  ParallelFor(images, 1, [&](int64_t begin, int64_t end, int worker) {
    for (int64_t n = begin; n < end; ++n) {
      const int64_t first = n * pixels * channels;
      MaskedGrad<T> in = {a.inputs[0].data + first, a.grad_output.data + first};
      double* const sum = scratch.sums + 2 * n * channels;
      double* const sum_x = sum + channels;
      if (!kept) {
        const auto run = [&](const auto& body, double* sums) {
          scratch.of_image.Run(worker, pixels, body, sums);
        };
        statistics.Measure(n, in.x, pixels, channels, epsilon, run, sum);
      }
      const T* mean = statistics.mean + n * channels;
      const double* inverse = statistics.inverse + n * channels;
      if (activation != Activation::kNone) {
        in.clamp = ClampOf<T>(activation);
        in.scale = scratch.scale + n * channels;
        in.shift = scratch.shift + n * channels;
        statistics.Fold(n, channels, affine ? a.params[0].data : nullptr,
                        affine ? a.params[1].data : nullptr, scratch.scale + n * channels,
                        scratch.shift + n * channels);
      }
      for (int64_t i = 0; i < 2 * channels; ++i) sum[i] = 0;
      GetKernels<T>().channel_grad_sums(in, pixels, channels, mean, sum, sum_x);
      if (!a.grad_inputs[0]) continue;
      T* const coefficient = scratch.a + n * channels;
      T* const slope = scratch.b + n * channels;
      T* const constant = scratch.c + n * channels;
      const double count = static_cast<double>(pixels);
      for (int64_t c = 0; c < channels; ++c) {
        const double scale = (affine ? a.params[0][c] : 1) * inverse[c];
        coefficient[c] = static_cast<T>(scale);
        slope[c] = static_cast<T>(-scale * inverse[c] * inverse[c] * sum_x[c] / count);
        constant[c] = static_cast<T>(-scale * sum[c] / count);
      }
      GetKernels<T>().channel_grad_apply(in, pixels, channels, coefficient, slope, mean, constant,
                                         a.accumulate[0], a.grad_inputs[0].data + first);
    }
  });
  if (!affine) return;
  for (int64_t c = 0; c < channels; ++c) {
    double scale = 0, shift = 0;
    for (int64_t n = 0; n < images; ++n) {
      const double* sum = scratch.sums + 2 * n * channels;
      scale += sum[channels + c] * statistics.inverse[n * channels + c];
      shift += sum[c];
    }
    if (a.grad_params[0]) a.grad_params[0][c] += static_cast<T>(scale);
    if (a.grad_params[1]) a.grad_params[1][c] += static_cast<T>(shift);
  }
}

SLIM_INSTANTIATE_BACKWARD(InstanceNorm);

}  // namespace slim
