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
  SLIM_RETURN_IF_ERROR(ExpectGatherable(x, int64_t{kernel} * kernel));
  SLIM_RETURN_IF_ERROR(ExpectGatherable(i.output, int64_t{kernel} * kernel));

  const int64_t group_in = i.Active(in) / groups, group_out = i.Active(out) / groups;
  const Shape full(groups, i.Full(out) / groups, kernel, kernel, i.Full(in) / groups);
  const Shape active(groups, group_out, kernel, kernel, group_in);
  i.AddParam({"weight", ParamRole::kConvWeight, Sharing::kPrefix, full, active});
  if (bias) i.AddVector("bias", ParamRole::kBias, Sharing::kPrefix, out);
  const int tile_side = WinogradTileSide(*this, StoredChannels(*this, i), i.output);
  const int64_t taps = tile_side > 0 ? WinogradPoints(tile_side) : kernel * kernel;
  const int64_t packed = SaturatingMul(groups, PackedCount(full.dim[1], taps, full.dim[4]));
  const int64_t narrow = tile_side > 0 ? PackedCount(kNarrow, kernel * kernel, kNarrow) : 0;
  // Too much stays too much.
  i.packed_bytes =
      SaturatingMul(packed < INT64_MAX - narrow ? packed + narrow : packed, i.real_bytes());
  i.macs = SaturatingMul(i.output.Count(), kernel * kernel * group_in);
  if (i.scalar_bytes == 8) {
    InferMemory<double>(&i);
  } else if (i.scalar_bytes == 2) {
    InferMemory<Bf16>(&i);
  } else {
    InferMemory<float>(&i);
  }
  return OkStatus();
}

template <class T>
void Conv2d::InferMemory(Inference* i) const {
  const Shape &x = i->inputs[0], &y = i->output;
  const int64_t channels = x.c() / groups;
  const StoredChannels stored(*this, *i);
  const Conv2dForward plan(*this, stored, x, y);
  Workspace table, forward, backward;
  Conv2dTable<T>(plan.algorithm, plan.geometry, i->tile, channels, table);
  TakeConvScratch<T>(plan.algorithm, plan.tile_side, plan.geometry, channels, i->workers, forward);
  Conv2dBackwardScratch<T>(*this, stored, x, y, i->tile, i->workers, backward);
  i->table_bytes = table.used();
  i->table_key = plan.algorithm == ConvAlgorithm::kGather
                     ? GatherKey<T>(plan.geometry, i->tile, x.c(), channels, plan.whole_rows)
                     : 0;
  i->forward_scratch_bytes = forward.used();
  i->backward_scratch_bytes = backward.used();
}

template <class T>
void Conv2d::Pack(const PackArgs<T>& a) const {
  const TensorView<const Real<T>>& w = a.params[0];
  const StoredChannels stored(w);
  SLIM_ASSERT(a.output.rank == 4);
  const int tile_side = WinogradTileSide(*this, stored, a.output);
  for (int64_t g = 0; g < groups; ++g) {
    WeightView<const Real<T>> view = {w.data + g * w.pitch[0],
                                      w.shape.dim[1],
                                      kernel * kernel,
                                      w.shape.dim[4],
                                      w.pitch[1],
                                      w.pitch[3],
                                      1};
    if (tile_side > 0) {
      PackWeights(tile_side, view, stored.in, a.packed);
      if (view.inputs > kNarrow) view.inputs = kNarrow;
      if (view.outputs > kNarrow) view.outputs = kNarrow;
      PackWeights(0, view, kNarrow,
                  a.packed + PackedCount(stored.out, WinogradPoints(tile_side), stored.in));
    } else {
      PackWeights(0, view, stored.in,
                  a.packed + g * PackedCount(stored.out, kernel * kernel, stored.in));
    }
  }
}

template <class T>
void Conv2d::BuildTable(const Inference& i, void* memory) const {
  const Shape& x = i.inputs[0];
  const int64_t channels = x.c() / groups;
  const Conv2dForward plan(*this, StoredChannels(*this, i), x, i.output);
  if (plan.algorithm != ConvAlgorithm::kGather) return;
  Workspace workspace(memory);
  const Conv2dTable<T> table(plan.algorithm, plan.geometry, i.tile, channels, workspace);
  for (int64_t c = 0; c < channels; ++c) table.zeros[c] = T{0};
  BuildGatherTable(plan.geometry, i.tile, x.c(), plan.whole_rows, table.gather);
}

template <class T>
void Conv2d::Forward(const ForwardArgs<T>& a) const {
  const Shape& x = a.inputs[0].shape;
  const Shape& y = a.output.shape;
  const StoredChannels stored(a.params[0]);
  const int64_t channels = x.c() / groups;
  const Conv2dForward plan(*this, stored, x, y);
  Workspace table_memory(const_cast<void*>(a.table)), scratch_memory(a.scratch);
  const Conv2dTable<T> table(plan.algorithm, plan.geometry, GetKernels<T>().tile, channels,
                             table_memory);
  Real<T>* const scratch = TakeConvScratch<T>(plan.algorithm, plan.tile_side, plan.geometry,
                                              channels, a.workers, scratch_memory);
  const Epilogue<T> epilogue = EpilogueOf(a, bias, activation);
  if (plan.algorithm == ConvAlgorithm::kWinograd) {
    RunWinogradConv<T>(plan.tile_side, {plan.geometry, a.inputs[0].data, x, a.packed, stored.in,
                                        a.output.data, y, epilogue, false, scratch});
    return;
  }
  const Real<T>* packed = a.packed;
  if (plan.tile_side > 0) {
    packed += PackedCount(stored.out, WinogradPoints(plan.tile_side), stored.in);
  }
  if (plan.algorithm == ConvAlgorithm::kPlanar) {
    RunPlanarConv<T>({plan.geometry, a.inputs[0].data, x, packed, plan.packed_inputs, a.output.data,
                      y, epilogue, false, scratch});
    return;
  }
  GatherConvArgs<T> conv =
      GatherConvOf<T>(plan.geometry, table.gather, table.zeros, x, y, groups, plan.packed_inputs);
  const auto of_group = [&](const auto* vector, int64_t g) {
    return vector == nullptr ? nullptr : vector + g * conv.outputs;
  };
  for (int64_t g = 0; g < groups; ++g) {
    conv.source = a.inputs[0].data + g * conv.channels;
    conv.target = a.output.data + g * conv.outputs;
    conv.packed = packed + g * PackedCount(stored.out, plan.geometry.taps(), stored.in);
    conv.epilogue = {of_group(epilogue.scale, g), of_group(epilogue.bias, g),
                     of_group(epilogue.residual, g), epilogue.clamp};
    RunGatherConv(conv, x.n());
  }
}

SLIM_INSTANTIATE_PACK(Conv2d);
SLIM_INSTANTIATE_BUILD_TABLE(Conv2d);
SLIM_INSTANTIATE_FORWARD(Conv2d);
template void Conv2d::Pack<Bf16>(const PackArgs<Bf16>&) const;
template void Conv2d::BuildTable<Bf16>(const Inference&, void*) const;
SLIM_INSTANTIATE_FORWARD_BF16(Conv2d);

}  // namespace slim
