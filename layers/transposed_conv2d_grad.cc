// Gradients of a transposed convolution: those of a convolution with x and dy exchanged. With dy
// the gradient of y, and t(s, k) the pixel of y that pixel s of x reaches through tap k:
//   dx[s][i] = sum over taps k and outputs o of W[o][k][i] * dy[t(s, k)][o]
//   dW[o][k][i] = sum over images and pixels s of dy[t(s, k)][o] * x[s][i]
#include "layers/transposed_conv2d.h"
#include "layers/transposed_conv2d_scratch.h"

namespace slim {

template <class T>
void TransposedConv2d::Backward(const BackwardArgs<T>& a) const {
  const Shape& x = a.inputs[0].shape;
  const Shape& y = a.output.shape;
  Workspace workspace(a.scratch);
  const TransposedConv2dBackwardScratch<T> scratch(*this, x, y, GetKernels<T>().tile, a.workers,
                                                   workspace);
  const TensorView<const T> dy =
      ThroughActivation(activation, a.output, a.grad_output, scratch.masked);
  const ConvGeometry geometry = GeometryOf(x, y, kernel, stride, padding, false);

  if (a.grad_params[0]) {
    const TensorView<T>& dw = a.grad_params[0];
    ConvWeightGradArgs<T> args = ConvWeightGradOf<T>(geometry, y, x, 1);
    args.x = dy.data;
    args.dy = a.inputs[0].data;
    const WeightView<T> gradient = {dw.data, x.c(),       geometry.taps(), y.c(),
                                    1,       dw.pitch[3], dw.pitch[1]};
    AddConvWeightGrad(args, x.n(), scratch.partial, gradient);
  }
  if (bias && a.grad_params[1]) AddBiasGrad(dy, scratch.bias_sums, a.grad_params[1].data);

  if (!a.grad_inputs[0]) return;
  const TensorView<const T>& w = a.params[0];
  const WeightView<const T> exchanged = {w.data, x.c(),      geometry.taps(), y.c(),
                                         1,      w.pitch[3], w.pitch[1]};
  PackWeights(0, exchanged, y.c(), scratch.packed);
  scratch.gather.Fill(geometry, GetKernels<T>().tile, y.c(), y.c());
  GatherConvArgs<T> conv =
      GatherConvOf(geometry, scratch.gather.table, scratch.gather.zeros, y, x, 1, y.c());
  conv.source = dy.data;
  conv.target = a.grad_inputs[0].data;
  conv.packed = scratch.packed;
  conv.accumulate = a.accumulate[0];
  RunGatherConv(conv, x.n());
}

SLIM_INSTANTIATE_BACKWARD(TransposedConv2d);

}  // namespace slim
