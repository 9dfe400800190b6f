#include "layers/batch_norm.h"

#include "layers/batch_norm_scratch.h"

namespace slim {
namespace {

// y = clamp(x * scale + bias) over all pixels.
template <class T>
void Affine(const ForwardArgs<T>& a, const Real<T>* scale, const Real<T>* bias,
            Activation activation) {
  const int64_t channels = a.output.shape.c();
  ParallelFor(a.output.shape.pixels(), 256, [&](int64_t begin, int64_t end, int) {
    GetKernels<T>().channel_affine(a.inputs[0].data + begin * channels, end - begin, channels,
                                   scale, bias, ClampOf<Real<T>>(activation),
                                   a.output.data + begin * channels);
  });
}

}  // namespace

void BatchNorm::Fields(FieldVisitor& v) {
  v.Field("channels", channels);
  v.Field("epsilon", epsilon);
  v.Field("affine", affine);
  v.Field("activation", activation);
}

Status BatchNorm::Infer(Inference& i) const {
  SLIM_RETURN_IF_ERROR(ExpectInputs(i, 1));
  SLIM_RETURN_IF_ERROR(ExpectChannels(i, 0, channels));
  SLIM_RETURN_IF_ERROR(ExpectActivation(activation));
  if (!(epsilon > 0 && epsilon < 1)) return Invalid("epsilon must lie between 0 and 1");
  if (affine > BatchNormAffine::kFrozen) return Invalid("unknown kind of affine");
  const Sharing sharing =
      affine == BatchNormAffine::kPerWidth ? Sharing::kPerWidth : Sharing::kPrefix;
  const Sharing statistics =
      affine == BatchNormAffine::kFrozen ? Sharing::kPrefix : Sharing::kPerWidth;
  i.AddVector("scale", ParamRole::kScale, sharing, channels);
  i.AddVector("shift", ParamRole::kShift, sharing, channels);
  i.AddVector("mean", ParamRole::kRunningMean, statistics, channels);
  i.AddVector("var", ParamRole::kRunningVar, statistics, channels);
  i.output = i.inputs[0];
  i.macs = i.output.Count();
  Workspace saved, scratch;
  if (i.scalar_bytes == 8) {
    BatchNormSaved<double>(i.Active(channels), saved);
    BatchNormScratch<double>(i.Active(channels), i.workers, scratch);
  } else {
    BatchNormSaved<float>(i.Active(channels), saved);
    BatchNormScratch<float>(i.Active(channels), i.workers, scratch);
  }
  i.saved_bytes = saved.used();
  i.forward_scratch_bytes = i.backward_scratch_bytes = scratch.used();
  return OkStatus();
}

template <class R>
void BatchNorm::Fold(const TensorView<const R>* params, int64_t channels, const R* bias_of_input,
                     R* scale, R* shift) const {
  for (int64_t c = 0; c < channels; ++c) {
    const double factor = params[0][c] / sqrt(static_cast<double>(params[3][c]) + epsilon);
    const double bias = bias_of_input == nullptr ? 0 : bias_of_input[c];
    scale[c] = static_cast<R>(factor);
    shift[c] = static_cast<R>(params[1][c] + (bias - params[2][c]) * factor);
  }
}

template <class T>
void BatchNorm::Forward(const ForwardArgs<T>& a) const {
  using R = Real<T>;
  const int64_t channels = a.output.shape.c();
  Workspace workspace(a.scratch);
  const BatchNormScratch<R> scratch(channels, a.workers, workspace);
  const TensorView<const R> params[] = {a.params[0], a.params[1], a.params[2], a.params[3]};
  Fold<R>(params, channels, nullptr, scratch.scale, scratch.shift);
  Affine(a, scratch.scale, scratch.shift, activation);
}

template <class T>
void BatchNorm::ForwardTrain(const ForwardArgs<T>& a) const {
  if (affine == BatchNormAffine::kFrozen) return Forward(a);
  using R = Real<T>;
  const int64_t channels = a.output.shape.c(), pixels = a.output.shape.pixels();
  const T* x = a.inputs[0].data;
  Workspace workspace(a.scratch), saved_memory(a.saved);
  const BatchNormScratch<R> scratch(channels, a.workers, workspace);
  const BatchNormSaved<R> saved(channels, saved_memory);
  // The first pixel is as good a guess of the mean as any; moments about it do not cancel.
  R* const guess = scratch.shift;
  for (int64_t c = 0; c < channels; ++c) guess[c] = x[c];
  scratch.sums.Run(pixels, [&](int64_t begin, int64_t end, double* sum, double* squares) {
    GetKernels<T>().channel_moments(x + begin * channels, end - begin, channels, guess, sum,
                                    squares);
  });
  const double unbiased = pixels > 1 ? static_cast<double>(pixels) / (pixels - 1) : 1;
  for (int64_t c = 0; c < channels; ++c) {
    double mean, variance;
    MeanAndVariance(scratch.sums.first(c), scratch.sums.second(c), pixels, guess[c], &mean,
                    &variance);
    const double inverse = 1 / sqrt(variance + epsilon);
    saved.mean[c] = static_cast<R>(mean);
    saved.inverse[c] = inverse;
    const double scale = a.params[0][c] * inverse;
    saved.scale[c] = static_cast<R>(scale);
    saved.shift[c] = static_cast<R>(a.params[1][c] - mean * scale);
    R& running_mean = a.params[2][c];
    R& running_var = a.params[3][c];
    running_mean = static_cast<R>((1 - a.momentum) * running_mean + a.momentum * mean);
    running_var = static_cast<R>((1 - a.momentum) * running_var + a.momentum * variance * unbiased);
  }
  Affine(a, saved.scale, saved.shift, activation);
}

template void BatchNorm::Fold<float>(const TensorView<const float>*, int64_t, const float*, float*,
                                     float*) const;
template void BatchNorm::Fold<double>(const TensorView<const double>*, int64_t, const double*,
                                      double*, double*) const;
SLIM_INSTANTIATE_FORWARD(BatchNorm);
SLIM_INSTANTIATE_FORWARD_TRAIN(BatchNorm);
SLIM_INSTANTIATE_FORWARD_BF16(BatchNorm);
template void BatchNorm::ForwardTrain<Bf16>(const ForwardArgs<Bf16>&) const;

}  // namespace slim
