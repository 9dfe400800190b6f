#include "layers/transposed_conv2d.h"

#include "layers/transposed_conv2d_scratch.h"

namespace slim {

void TransposedConv2d::Fields(FieldVisitor& v) {
  v.Field("in", in);
  v.Field("out", out);
  v.Field("kernel", kernel);
  v.Field("stride", stride);
  v.Field("padding", padding);
  v.Field("output_padding", output_padding);
  v.Field("bias", bias);
  v.Field("activation", activation);
}

Status TransposedConv2d::Infer(Inference& i) const {
  SLIM_RETURN_IF_ERROR(ExpectInputs(i, 1));
  SLIM_RETURN_IF_ERROR(ExpectChannels(i, 0, in));
  SLIM_RETURN_IF_ERROR(ExpectActivation(activation));
  if (!i.plan.Has(out)) return Invalid("the channel space does not exist", out.space);
  if (kernel < 1) return Invalid("kernel must be at least 1", kernel);
  if (stride < 1) return Invalid("stride must be at least 1", stride);
  if (bias > 1) return Invalid("bias must be 0 or 1", bias);
  if (output_padding >= stride)
    return Invalid("output_padding must be less than stride", output_padding);
  const Shape& x = i.inputs[0];
  SLIM_RETURN_IF_ERROR(ExpectGatherable(x, int64_t{kernel} * kernel));
  const int64_t more = kernel + output_padding - 2 * padding;
  i.output = Shape(x.n(), (x.h() - 1) * stride + more, (x.w() - 1) * stride + more, i.Active(out));
  if (i.output.h() < 1 || i.output.w() < 1) return Invalid("padding cuts off all pixels", padding);
  SLIM_RETURN_IF_ERROR(ExpectGatherable(i.output, int64_t{kernel} * kernel));

  const Shape full(1, i.Full(out), kernel, kernel, i.Full(in));
  const Shape active(1, i.Active(out), kernel, kernel, i.Active(in));
  i.AddParam({"weight", ParamRole::kTransposedConvWeight, Sharing::kPrefix, full, active});
  if (bias) i.AddVector("bias", ParamRole::kBias, Sharing::kPrefix, out);
  i.packed_bytes =
      SaturatingMul(PackedCount(full.dim[1], kernel * kernel, full.dim[4]), i.scalar_bytes);
  // Each pixel of x meets each tap once.
  i.macs = SaturatingMul(x.Count(), kernel * kernel * i.Active(out));

  const ConvGeometry geometry = GeometryOf(i.output, x, kernel, stride, padding, true);
  Workspace table, backward;
  if (i.scalar_bytes == 8) {
    GatherMemory<double>(geometry, i.tile, x.c(), table);
    i.table_key = GatherKey<double>(geometry, i.tile, x.c(), x.c(), false);
    TransposedConv2dBackwardScratch<double>(*this, x, i.output, i.tile, i.workers, backward);
  } else {
    GatherMemory<float>(geometry, i.tile, x.c(), table);
    i.table_key = GatherKey<float>(geometry, i.tile, x.c(), x.c(), false);
    TransposedConv2dBackwardScratch<float>(*this, x, i.output, i.tile, i.workers, backward);
  }
  i.table_bytes = table.used();
  i.backward_scratch_bytes = backward.used();
  return OkStatus();
}

template <class T>
void TransposedConv2d::Pack(const PackArgs<T>& a) const {
  const TensorView<const T>& w = a.params[0];
  const WeightView<const T> view = {
      w.data, w.shape.dim[1], kernel * kernel, w.shape.dim[4], w.pitch[1], w.pitch[3], 1};
  PackWeights(0, view, w.pitch[3], a.packed);
}

template <class T>
void TransposedConv2d::BuildTable(const Inference& i, void* table) const {
  const Shape& x = i.inputs[0];
  const ConvGeometry geometry = GeometryOf(i.output, x, kernel, stride, padding, true);
  Workspace workspace(table);
  GatherMemory<T>(geometry, i.tile, x.c(), workspace).Fill(geometry, i.tile, x.c(), x.c());
}

template <class T>
void TransposedConv2d::Forward(const ForwardArgs<T>& a) const {
  const Shape& x = a.inputs[0].shape;
  const Shape& y = a.output.shape;
  const ConvGeometry geometry = GeometryOf(y, x, kernel, stride, padding, true);
  Workspace workspace(const_cast<void*>(a.table));
  const GatherMemory<T> table(geometry, GetKernels<T>().tile, x.c(), workspace);
  GatherConvArgs<T> conv =
      GatherConvOf(geometry, table.table, table.zeros, x, y, 1, a.params[0].pitch[3]);
  conv.source = a.inputs[0].data;
  conv.target = a.output.data;
  conv.packed = a.packed;
  conv.epilogue = EpilogueOf(a, bias, activation);
  RunGatherConv(conv, x.n());
}

SLIM_INSTANTIATE_PACK(TransposedConv2d);
SLIM_INSTANTIATE_BUILD_TABLE(TransposedConv2d);
SLIM_INSTANTIATE_FORWARD(TransposedConv2d);

}  // namespace slim
