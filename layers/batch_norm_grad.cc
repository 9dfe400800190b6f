// Gradients of batch norm. With g the gradient that passed the activation, N pixels, r = 1 /
// sqrt(var + eps):
//   dgamma = r * sum g (x - mean),   dbeta = sum g
//   dx = gamma r (g - sum g / N - (x - mean) r^2 / N * sum g (x - mean))     batch statistics
//   dx = gamma r g                                                          running statistics
#include "layers/batch_norm.h"
#include "layers/batch_norm_scratch.h"

namespace slim {

template <class T>
void BatchNorm::Backward(const BackwardArgs<T>& a) const {
  using R = Real<T>;
  const int64_t channels = a.output.shape.c(), pixels = a.output.shape.pixels();
  Workspace workspace(a.scratch), saved_memory(const_cast<void*>(a.saved));
  const BatchNormScratch<R> scratch(channels, a.workers, workspace);
  const BatchNormSaved<R> saved(channels, saved_memory);
  const bool batch_statistics = a.batch_statistics && affine != BatchNormAffine::kFrozen;
  const R* mean = batch_statistics ? saved.mean : a.params[2].data;
  const bool masked = activation != Activation::kNone;
  // Otherwise dx alone is wanted, a multiple of g.
  const bool sums_wanted = batch_statistics || a.grad_params[0] || a.grad_params[1];
  MaskedGrad<T> in = {a.inputs[0].data, a.grad_output.data};  // x is null where it is not read
  if (masked) {
    in.clamp = ClampOf<R>(activation);
    in.scale = batch_statistics ? saved.scale : scratch.scale;
    in.shift = batch_statistics ? saved.shift : scratch.shift;
    if (!batch_statistics) {
      const TensorView<const R> params[] = {a.params[0], a.params[1], a.params[2], a.params[3]};
      Fold<R>(params, channels, nullptr, scratch.scale, scratch.shift);
    }
  }
  const auto from = [&](int64_t pixel) {
    MaskedGrad<T> rest = in;
    if (rest.x != nullptr) rest.x += pixel * channels;
    rest.dy += pixel * channels;
    return rest;
  };

  scratch.sums.Run(
      sums_wanted ? pixels : 0, [&](int64_t begin, int64_t end, double* sum, double* sum_x) {
        GetKernels<T>().channel_grad_sums(from(begin), end - begin, channels, mean, sum, sum_x);
      });
  for (int64_t c = 0; c < channels; ++c) {
    const double inverse = batch_statistics
                               ? saved.inverse[c]
                               : 1 / sqrt(static_cast<double>(a.params[3][c]) + epsilon);
    const double scale = a.params[0][c] * inverse;
    const double sum = scratch.sums.first(c), sum_x = scratch.sums.second(c);
    if (a.grad_params[0]) a.grad_params[0][c] += static_cast<R>(sum_x * inverse);
    if (a.grad_params[1]) a.grad_params[1][c] += static_cast<R>(sum);
    const double n = static_cast<double>(pixels);
    scratch.a[c] = static_cast<R>(scale);
    scratch.b[c] = static_cast<R>(-scale * inverse * inverse * sum_x / n);
    scratch.c[c] = static_cast<R>(-scale * sum / n);
  }
  if (!a.grad_inputs[0]) return;
  ParallelFor(pixels, 256, [&](int64_t begin, int64_t end, int) {
    GetKernels<T>().channel_grad_apply(from(begin), end - begin, channels, scratch.a,
                                       batch_statistics ? scratch.b : nullptr, mean, scratch.c,
                                       a.accumulate[0], a.grad_inputs[0].data + begin * channels);
  });
}

SLIM_INSTANTIATE_BACKWARD(BatchNorm);
SLIM_INSTANTIATE_BACKWARD_BF16(BatchNorm);

}  // namespace slim
