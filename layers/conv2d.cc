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
  const int winograd = WinogradTile(*this, StoredChannels(*this, i), i.output);
  const int64_t taps = winograd > 0 ? WinogradPoints(winograd) : kernel * kernel;
  const int64_t packed = SaturatingMul(groups, PackedCount(full.dim[1], taps, full.dim[4]));
  const int64_t narrow = winograd > 0 ? PackedCount(kNarrow, kernel * kernel, kNarrow) : 0;
  // Too much stays too much.
  i.packed_bytes =
      SaturatingMul(packed < INT64_MAX - narrow ? packed + narrow : packed, i.scalar_bytes);
  i.macs = SaturatingMul(i.output.Count(), kernel * kernel * group_in);
  if (i.scalar_bytes == 8) {
    InferMemory<double>(&i);
  } else {
    InferMemory<float>(&i);
  }
  return OkStatus();
}

template <class T>
void Conv2d::InferMemory(Inference* i) const {
  const Shape &x = i->inputs[0], &y = i->output;
  const int64_t channels = x.c() / groups, outputs = y.c() / groups;
  const ConvGeometry geometry = GeometryOf(y, x, kernel, stride, padding, false);
  const StoredChannels stored(*this, *i);
  const int winograd = WinogradTile(*this, stored, y);
  const ConvAlgorithm algorithm = AlgorithmOf(*this, winograd, channels, outputs, y.w());
  Workspace table, forward, backward;
  Conv2dTable<T>(algorithm, geometry, i->tile, channels, table);
  TakeConvScratch<T>(algorithm, winograd, geometry, channels, i->workers, forward);
  Conv2dBackwardScratch<T>(*this, stored, x, y, i->tile, i->workers, backward);
  i->table_bytes = table.used();
  i->table_key =
      algorithm == ConvAlgorithm::kGather ? GatherKey<T>(geometry, i->tile, x.c(), channels) : 0;
  i->forward_scratch_bytes = forward.used();
  i->backward_scratch_bytes = backward.used();
}

template <class T>
void Conv2d::Pack(const PackArgs<T>& a) const {
  const TensorView<const T>& w = a.params[0];
  const StoredChannels stored(w);
  const int winograd = WinogradTile(*this, stored, a.output);
  for (int64_t g = 0; g < groups; ++g) {
    WeightView<const T> view = {w.data + g * w.pitch[0],
                                w.shape.dim[1],
                                kernel * kernel,
                                w.shape.dim[4],
                                w.pitch[1],
                                w.pitch[3],
                                1};
    if (winograd > 0) {
      PackWinograd(winograd, view, stored.in, a.packed);
      if (view.inputs > kNarrow) view.inputs = kNarrow;
      if (view.outputs > kNarrow) view.outputs = kNarrow;
      PackWeights(view, kNarrow,
                  a.packed + PackedCount(stored.out, WinogradPoints(winograd), stored.in));
    } else {
      PackWeights(view, stored.in,
                  a.packed + g * PackedCount(stored.out, kernel * kernel, stored.in));
    }
  }
}

template <class T>
void Conv2d::BuildTable(const Inference& i, void* memory) const {
  const Shape &x = i.inputs[0], &y = i.output;
  const int64_t channels = x.c() / groups;
  const int winograd = WinogradTile(*this, StoredChannels(*this, i), y);
  const ConvAlgorithm algorithm = AlgorithmOf(*this, winograd, channels, y.c() / groups, y.w());
  const ConvGeometry geometry = GeometryOf(y, x, kernel, stride, padding, false);
  Workspace workspace(memory);
  const Conv2dTable<T> table(algorithm, geometry, i.tile, channels, workspace);
  if (algorithm != ConvAlgorithm::kGather) return;
  for (int64_t c = 0; c < channels; ++c) table.zeros[c] = T{0};
  BuildGatherTable(geometry, i.tile, x.c(), table.gather);
}

template <class T>
void Conv2d::Forward(const ForwardArgs<T>& a) const {
  const Shape& x = a.inputs[0].shape;
  const Shape& y = a.output.shape;
  const TensorView<T>& w = a.params[0];
  const StoredChannels stored(w);
  const int64_t channels = x.c() / groups;
  const int winograd = WinogradTile(*this, stored, y);
  const ConvAlgorithm algorithm = AlgorithmOf(*this, winograd, channels, y.c() / groups, y.w());
  const ConvGeometry geometry = GeometryOf(y, x, kernel, stride, padding, false);
  Workspace table_memory(const_cast<void*>(a.table)), scratch_memory(a.scratch);
  const Conv2dTable<T> table(algorithm, geometry, GetKernels<T>().tile, channels, table_memory);
  T* const scratch =
      TakeConvScratch<T>(algorithm, winograd, geometry, channels, a.workers, scratch_memory);
  const Epilogue<T> epilogue = EpilogueOf(a, bias, activation);
  if (algorithm == ConvAlgorithm::kWinograd) {
    RunWinogradConv<T>(winograd, {geometry, a.inputs[0].data, x, a.packed, stored.in, a.output.data,
                                  y, epilogue, false, scratch});
    return;
  }
  // Where weights are packed as points, a narrow width reads the taps behind them.
  const T* packed = a.packed;
  if (winograd > 0) packed += PackedCount(stored.out, WinogradPoints(winograd), stored.in);
  const int64_t packed_inputs = winograd > 0 ? kNarrow : stored.in;
  if (algorithm == ConvAlgorithm::kPlanar) {
    RunPlanarConv<T>({geometry, a.inputs[0].data, x, packed, packed_inputs, a.output.data, y,
                      epilogue, false, scratch});
    return;
  }
  GatherConvArgs<T> conv =
      GatherConvOf<T>(geometry, table.gather, table.zeros, x, y, groups, packed_inputs);
  const auto of_group = [&](const T* vector, int64_t g) {
    return vector == nullptr ? nullptr : vector + g * conv.outputs;
  };
  for (int64_t g = 0; g < groups; ++g) {
    conv.source = a.inputs[0].data + g * conv.channels;
    conv.target = a.output.data + g * conv.outputs;
    conv.packed = packed + g * PackedCount(stored.out, geometry.taps(), stored.in);
    conv.epilogue = {of_group(epilogue.scale, g), of_group(epilogue.bias, g),
                     of_group(epilogue.residual, g), epilogue.clamp};
    RunGatherConv(conv, x.n());
  }
}

SLIM_INSTANTIATE_PACK(Conv2d);
SLIM_INSTANTIATE_BUILD_TABLE(Conv2d);
SLIM_INSTANTIATE_FORWARD(Conv2d);

}  // namespace slim
