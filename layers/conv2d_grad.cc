// Gradients of a convolution. With dy the gradient of y:
//   dx[s][i] = sum over taps k and outputs o of W[o][k][i] * dy[t][o]   where t reads s through k
//   dW[o][k][i] = sum over images and pixels t of x[s(t, k)][i] * dy[t][o]
#include "layers/conv2d.h"
#include "layers/conv2d_scratch.h"

namespace slim {
namespace {

// The weights of group g with the roles of inputs and outputs exchanged.
template <class T>
WeightView<const T> TransposedGroup(const TensorView<const T>& w, int64_t g) {
  return {w.data + g * w.pitch[0],
          w.shape.dim[4],
          w.shape.dim[2] * w.shape.dim[3],
          w.shape.dim[1],
          1,
          w.pitch[3],
          w.pitch[1]};
}

// Adds the partial sums of all workers, in their order, to the gradient of group g.
template <class T>
void AddPartials(const T* partial, int64_t partials, int64_t partial_pitch, int64_t row_pitch,
                 const TensorView<T>& gradient, int64_t g) {
  const int64_t taps = gradient.shape.dim[2] * gradient.shape.dim[3];
  const int64_t outputs = gradient.shape.dim[1], inputs = gradient.shape.dim[4];
  ParallelFor(outputs, 4, [&](int64_t begin, int64_t end, int) {
    for (int64_t o = begin; o < end; ++o) {
      for (int64_t tap = 0; tap < taps; ++tap) {
        T* to =
            gradient.data + g * gradient.pitch[0] + o * gradient.pitch[1] + tap * gradient.pitch[3];
        for (int64_t i = 0; i < inputs; ++i) {
          T sum = 0;
          for (int64_t p = 0; p < partials; ++p) {
            sum += partial[p * partial_pitch + (tap * inputs + i) * row_pitch + o];
          }
          to[i] += sum;
        }
      }
    }
  });
}

}  // namespace

template <class T>
void Conv2d::Backward(const BackwardArgs<T>& a) const {
  const Shape& x = a.inputs[0].shape;
  const Shape& y = a.output.shape;
  const int64_t channels = x.c() / groups, outputs = y.c() / groups;
  Workspace workspace(a.scratch);
  const Conv2dBackwardScratch<T> scratch(*this, x, y, GetKernels<T>().tile, a.workers, workspace);
  const TensorView<const T> dy =
      ThroughActivation(activation, a.output, a.grad_output, scratch.masked);

  if (a.grad_params[0]) {
    ConvWeightGradArgs<T> args;
    args.geometry = GeometryOf(y, x, kernel, stride, padding, false);
    args.x_image_pitch = x.h() * x.w() * x.c();
    args.x_pixel_pitch = x.c();
    args.channels = channels;
    args.dy_image_pitch = y.h() * y.w() * y.c();
    args.dy_pixel_pitch = y.c();
    args.outputs = outputs;
    const int64_t row_pitch = RoundUpToBlock(outputs);
    const int64_t partial_pitch = args.geometry.taps() * channels * row_pitch;
    for (int64_t g = 0; g < groups; ++g) {
      args.x = a.inputs[0].data + g * channels;
      args.dy = dy.data + g * outputs;
      bool used[kMaxWorkers] = {};
      ParallelFor(x.n(), 1, [&](int64_t begin, int64_t end, int worker) {
        ConvWeightGradArgs<T> mine = args;
        mine.gradient = scratch.partial + worker * partial_pitch;
        for (int64_t i = 0; i < partial_pitch; ++i) mine.gradient[i] = T{0};
        used[worker] = true;
        GetKernels<T>().conv_weight_grad(mine, begin, end);
      });
      int64_t partials = 0;
      while (partials < kMaxWorkers && used[partials]) ++partials;
      AddPartials(scratch.partial, partials, partial_pitch, row_pitch, a.grad_params[0], g);
    }
  }
  if (bias && a.grad_params[1]) AddBiasGrad(dy, scratch.bias_sums, a.grad_params[1].data);

  if (!a.grad_inputs[0]) return;
  const ConvGeometry geometry = GeometryOf(x, y, kernel, stride, padding, true);
  GatherConvArgs<T> conv;
  conv.channels = outputs;
  conv.outputs = channels;
  scratch.gather.Fill(geometry, y.c(), &conv);
  conv.source_image_pitch = y.h() * y.w() * y.c();
  conv.target_image_pitch = x.h() * x.w() * x.c();
  conv.target_pixel_pitch = x.c();
  conv.packed = scratch.packed;
  conv.tap_pitch = outputs * kBlock;
  conv.block_pitch = geometry.taps() * conv.tap_pitch;
  conv.clamp = ClampOf<T>(Activation::kNone);
  conv.accumulate = a.accumulate[0];
  for (int64_t g = 0; g < groups; ++g) {
    PackWeights(TransposedGroup(a.params[0], g), outputs, scratch.packed);
    conv.source = dy.data + g * outputs;
    conv.target = a.grad_inputs[0].data + g * channels;
    RunGatherConv(conv, x.n());
  }
}

SLIM_INSTANTIATE_BACKWARD(Conv2d);

}  // namespace slim
