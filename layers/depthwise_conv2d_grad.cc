// Gradients of a depthwise convolution, per channel. With dy the gradient of y:
//   dx[s] = sum over taps k of w[k] * dy[t]   where t reads s through k
//   dw[k] = sum over images and pixels t of x[s(t, k)] * dy[t]
#include "layers/depthwise_conv2d.h"
#include "layers/depthwise_conv2d_scratch.h"

namespace slim {

template <class T>
void DepthwiseConv2d::Backward(const BackwardArgs<T>& a) const {
  const Shape& x = a.inputs[0].shape;
  const Shape& y = a.output.shape;
  const int64_t channels_active = x.c();
  Workspace workspace(a.scratch);
  const DepthwiseConv2dBackwardScratch<T> scratch(*this, y, a.workers, workspace);
  const TensorView<const T> dy =
      ThroughActivation(activation, a.output, a.grad_output, scratch.masked);

  if (a.grad_params[0]) {
    const ConvGeometry geometry = GeometryOf(y, x, kernel, stride, padding, false);
    const int64_t count = geometry.taps() * channels_active;
    for (int64_t i = 0; i < a.workers * count; ++i) scratch.partial[i] = 0;
    ParallelFor(x.n(), 1, [&](int64_t begin, int64_t end, int worker) {
      for (int64_t n = begin; n < end; ++n) {
        GetKernels<T>().depthwise_weight_grad(
            geometry, a.inputs[0].data + n * x.h() * x.w() * channels_active,
            dy.data + n * geometry.targets() * channels_active, channels_active, x.n() > 1,
            scratch.partial + worker * count);
      }
    });
    ForEach(a.grad_params[0], [&](int64_t i, Real<T>* gradient) {
      Real<T> sum = 0;
      for (int worker = 0; worker < a.workers; ++worker) sum += scratch.partial[worker * count + i];
      *gradient += sum;
    });
  }
  if (bias && a.grad_params[1]) AddBiasGrad(dy, scratch.bias_sums, a.grad_params[1].data);

  if (!a.grad_inputs[0]) return;
  DepthwiseArgs<T> conv;
  conv.geometry = GeometryOf(x, y, kernel, stride, padding, true);
  conv.source = dy.data;
  conv.channels = channels_active;
  conv.weight = a.params[0].data;
  conv.tap_pitch = a.params[0].pitch[1];
  conv.target = a.grad_inputs[0].data;
  conv.epilogue.clamp = ClampOf<Real<T>>(Activation::kNone);
  conv.accumulate = a.accumulate[0];
  RunDepthwise(conv, x.n());
}

SLIM_INSTANTIATE_BACKWARD(DepthwiseConv2d);
SLIM_INSTANTIATE_BACKWARD_BF16(DepthwiseConv2d);

}  // namespace slim
