// Gradients of a convolution. With dy the gradient of y:
//   dx[s][i] = sum over taps k and outputs o of W[o][k][i] * dy[t][o]   where t reads s through k
//   dW[o][k][i] = sum over images and pixels t of x[s(t, k)][i] * dy[t][o]
#include "layers/conv2d.h"
#include "layers/conv2d_scratch.h"

namespace slim {
namespace {

// The weights of group g with the roles of inputs and outputs exchanged.
template <class R>
WeightView<const R> TransposedGroup(const TensorView<const R>& w, int64_t g) {
  return {w.data + g * w.pitch[0],
          w.shape.dim[4],
          w.shape.dim[2] * w.shape.dim[3],
          w.shape.dim[1],
          1,
          w.pitch[3],
          w.pitch[1]};
}

}  // namespace

template <class T>
void Conv2d::Backward(const BackwardArgs<T>& a) const {
  const Shape& x = a.inputs[0].shape;
  const Shape& y = a.output.shape;
  const int64_t channels = x.c() / groups, outputs = y.c() / groups;
  const StoredChannels stored(a.params[0]);
  Workspace workspace(a.scratch);
  const Conv2dBackwardScratch<T> scratch(*this, stored, x, y, GetKernels<T>().tile, a.workers,
                                         workspace);
  const TensorView<const T> dy =
      ThroughActivation(activation, a.output, a.grad_output, scratch.masked);

  if (a.grad_params[0]) {
    const TensorView<Real<T>>& dw = a.grad_params[0];
    const ConvGeometry geometry = GeometryOf(y, x, kernel, stride, padding, false);
    const int tile_side = WeightGradTileSide(*this, stored, x, y);
    ConvWeightGradArgs<T> args = ConvWeightGradOf<T>(geometry, x, y, groups);
    for (int64_t g = 0; g < groups; ++g) {
      args.x = a.inputs[0].data + g * channels;
      args.dy = dy.data + g * outputs;
      const WeightView<Real<T>> gradient = {dw.data + g * dw.pitch[0],
                                            outputs,
                                            geometry.taps(),
                                            channels,
                                            dw.pitch[1],
                                            dw.pitch[3],
                                            1};
      if (tile_side > 0) {
        AddWinogradWeightGrad(tile_side, args, x.n(), scratch.partial, scratch.of_dw, gradient);
      } else {
        AddConvWeightGrad(args, x.n(), scratch.partial, gradient);
      }
    }
  }
  if (bias && a.grad_params[1]) AddBiasGrad(dy, scratch.bias_sums, a.grad_params[1].data);

  if (!a.grad_inputs[0]) return;
  const Conv2dDataGrad grad(*this, stored, x, y);
  if (grad.turned()) {
    WeightView<const Real<T>> turned = TransposedGroup(a.params[0], 0);
    turned.data += (turned.taps - 1) * turned.tap_pitch;
    turned.tap_pitch = -turned.tap_pitch;
    Epilogue<T> none;
    none.clamp = ClampOf<Real<T>>(Activation::kNone);
    const DenseConv<T> conv = {
        grad.geometry,         dy.data, y,    scratch.packed,  outputs,
        a.grad_inputs[0].data, x,       none, a.accumulate[0], scratch.of_dx};
    if (grad.algorithm == ConvAlgorithm::kWinograd) {
      PackWeights(grad.tile_side, turned, outputs, scratch.packed);
      RunWinogradConv(grad.tile_side, conv);
    } else {
      PackWeights(0, turned, outputs, scratch.packed);
      RunPlanarConv(conv);
    }
    return;
  }
  for (int64_t o = 0; o < outputs; ++o) scratch.zeros[o] = T{0};
  BuildGatherTable(grad.geometry, GetKernels<T>().tile, y.c(), false, scratch.gather);
  GatherConvArgs<T> conv =
      GatherConvOf<T>(grad.geometry, scratch.gather, scratch.zeros, y, x, groups, outputs);
  conv.packed = scratch.packed;
  conv.accumulate = a.accumulate[0];
  for (int64_t g = 0; g < groups; ++g) {
    PackWeights(0, TransposedGroup(a.params[0], g), outputs, scratch.packed);
    conv.source = dy.data + g * outputs;
    conv.target = a.grad_inputs[0].data + g * channels;
    RunGatherConv(conv, x.n());
  }
}

SLIM_INSTANTIATE_BACKWARD(Conv2d);
SLIM_INSTANTIATE_BACKWARD_BF16(Conv2d);

}  // namespace slim
