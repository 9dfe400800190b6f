#include "layers/depthwise_conv2d.h"

#include "layers/depthwise_conv2d_scratch.h"

namespace slim {

void DepthwiseConv2d::Fields(FieldVisitor& v) {
  v.Field("channels", channels);
  v.Field("kernel", kernel);
  v.Field("stride", stride);
  v.Field("padding", padding);
  v.Field("bias", bias);
  v.Field("activation", activation);
}

Status DepthwiseConv2d::Infer(Inference& i) const {
  SLIM_RETURN_IF_ERROR(ExpectInputs(i, 1));
  SLIM_RETURN_IF_ERROR(ExpectChannels(i, 0, channels));
  SLIM_RETURN_IF_ERROR(ExpectActivation(activation));
  if (kernel < 1) return Invalid("kernel must be at least 1", kernel);
  if (stride < 1) return Invalid("stride must be at least 1", stride);
  if (bias > 1) return Invalid("bias must be 0 or 1", bias);
  const Shape& x = i.inputs[0];
  i.output = Shape(x.n(), ConvOutputSize(x.h(), kernel, stride, padding),
                   ConvOutputSize(x.w(), kernel, stride, padding), x.c());
  if (i.output.h() < 1 || i.output.w() < 1)
    return Invalid("the kernel is larger than the padded input", kernel);

  const Shape full(kernel, kernel, i.Full(channels)), active(kernel, kernel, x.c());
  i.AddParam({"weight", ParamRole::kDepthwiseWeight, Sharing::kPrefix, full, active});
  if (bias) i.AddVector("bias", ParamRole::kBias, Sharing::kPrefix, channels);
  i.macs = SaturatingMul(i.output.Count(), kernel * kernel);

  Workspace backward;
  if (i.scalar_bytes == 8) {
    DepthwiseConv2dBackwardScratch<double>(*this, i.output, i.workers, backward);
  } else if (i.scalar_bytes == 2) {
    DepthwiseConv2dBackwardScratch<Bf16>(*this, i.output, i.workers, backward);
  } else {
    DepthwiseConv2dBackwardScratch<float>(*this, i.output, i.workers, backward);
  }
  i.backward_scratch_bytes = backward.used();
  return OkStatus();
}

template <class T>
void DepthwiseConv2d::Forward(const ForwardArgs<T>& a) const {
  const Shape& x = a.inputs[0].shape;
  DepthwiseArgs<T> conv;
  conv.geometry = GeometryOf(a.output.shape, x, kernel, stride, padding, false);
  conv.source = a.inputs[0].data;
  conv.channels = x.c();
  conv.weight = a.params[0].data;
  conv.tap_pitch = a.params[0].pitch[1];
  conv.target = a.output.data;
  conv.epilogue = EpilogueOf(a, bias, activation);
  RunDepthwise(conv, x.n());
}

SLIM_INSTANTIATE_FORWARD(DepthwiseConv2d);
SLIM_INSTANTIATE_FORWARD_BF16(DepthwiseConv2d);

}  // namespace slim
