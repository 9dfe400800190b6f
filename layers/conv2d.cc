#include "layers/conv2d.h"

#include "layers/conv2d_scratch.h"

namespace slim {

void Conv2d::Fields(FieldVisitor& v) {
  v.Field("in", in);
  v.Field("out", out);
  v.Field("kernel", kernel);
  v.Field("stride", stride);
  v.Field("padding", padding);
  v.Field("bias", bias);
  v.Field("groups", groups);
  v.Field("activation", activation);
}

Status Conv2d::Infer(Inference& i) const {
  SLIM_RETURN_IF_ERROR(ExpectInputs(i, 1));
  SLIM_RETURN_IF_ERROR(ExpectChannels(i, 0, in));
  SLIM_RETURN_IF_ERROR(ExpectActivation(activation));
  if (!i.plan.Has(out)) return Invalid("the channel space does not exist", out.space);
  if (kernel < 1 || stride < 1) return Invalid("kernel and stride must be at least 1", kernel);
  if (bias > 1) return Invalid("bias must be 0 or 1", bias);
  if (groups < 1 || i.Active(in) % groups != 0 || i.Active(out) % groups != 0 ||
      i.Full(in) % groups != 0 || i.Full(out) % groups != 0) {
    return Invalid("groups must divide the input and output channels at every width", groups);
  }
  const Shape& x = i.inputs[0];
  i.output = Shape(x.n(), ConvOutputSize(x.h(), kernel, stride, padding),
                   ConvOutputSize(x.w(), kernel, stride, padding), i.Active(out));
  if (i.output.h() < 1 || i.output.w() < 1)
    return Invalid("the kernel is larger than the padded input", kernel);
  SLIM_RETURN_IF_ERROR(ExpectGatherable(x));
  SLIM_RETURN_IF_ERROR(ExpectGatherable(i.output));

  const int64_t group_in = i.Active(in) / groups, group_out = i.Active(out) / groups;
  const Shape full(groups, i.Full(out) / groups, kernel, kernel, i.Full(in) / groups);
  const Shape active(groups, group_out, kernel, kernel, group_in);
  i.AddParam({"weight", ParamRole::kConvWeight, Sharing::kPrefix, full, active});
  if (bias) i.AddVector("bias", ParamRole::kBias, Sharing::kPrefix, out);
  i.packed_bytes =
      SaturatingMul(SaturatingMul(groups, PackedCount(full.dim[1], kernel * kernel, full.dim[4])),
                    i.scalar_bytes);
  i.macs = SaturatingMul(i.output.Count(), kernel * kernel * group_in);

  Workspace forward, backward;
  if (i.scalar_bytes == 8) {
    Conv2dForwardScratch<double>(*this, x, i.output, i.tile, forward);
    Conv2dBackwardScratch<double>(*this, x, i.output, i.tile, i.workers, backward);
  } else {
    Conv2dForwardScratch<float>(*this, x, i.output, i.tile, forward);
    Conv2dBackwardScratch<float>(*this, x, i.output, i.tile, i.workers, backward);
  }
  i.forward_scratch_bytes = forward.used();
  i.backward_scratch_bytes = backward.used();
  return OkStatus();
}

template <class T>
void Conv2d::Pack(const PackArgs<T>& a) const {
  const TensorView<const T>& w = a.params[0];
  const int64_t full_out = w.pitch[0] / w.pitch[1], full_in = w.pitch[3];
  for (int64_t g = 0; g < groups; ++g) {
    const WeightView<const T> view = {w.data + g * w.pitch[0],
                                      w.shape.dim[1],
                                      kernel * kernel,
                                      w.shape.dim[4],
                                      w.pitch[1],
                                      w.pitch[3],
                                      1};
    PackWeights(view, full_in, a.packed + g * PackedCount(full_out, kernel * kernel, full_in));
  }
}

template <class T>
void Conv2d::Forward(const ForwardArgs<T>& a) const {
  const Shape& x = a.inputs[0].shape;
  const Shape& y = a.output.shape;
  const TensorView<T>& w = a.params[0];
  const int64_t full_out = w.pitch[0] / w.pitch[1], full_in = w.pitch[3];
  const ConvGeometry geometry = GeometryOf(y, x, kernel, stride, padding, false);
  Workspace workspace(a.scratch);
  const Conv2dForwardScratch<T> scratch(*this, x, y, GetKernels<T>().tile, workspace);

  GatherConvArgs<T> conv = GatherConvOf(geometry, scratch.gather, x, y, groups, full_in);
  conv.clamp = ClampOf<T>(activation);
  for (int64_t g = 0; g < groups; ++g) {
    conv.source = a.inputs[0].data + g * conv.channels;
    conv.target = a.output.data + g * conv.outputs;
    conv.packed = a.packed + g * PackedCount(full_out, geometry.taps(), full_in);
    conv.bias = bias ? a.params[1].data + g * conv.outputs : nullptr;
    RunGatherConv(conv, x.n());
  }
}

SLIM_INSTANTIATE_PACK(Conv2d);
SLIM_INSTANTIATE_FORWARD(Conv2d);

}  // namespace slim
