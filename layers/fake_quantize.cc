#include "layers/fake_quantize.h"

#include "core/parallel.h"
#include "layers/fake_quantize_common.h"

namespace slim {

void FakeQuantize::Fields(FieldVisitor& v) {
  v.Field("channels", channels);
  v.Field("bits", bits);
}

Status FakeQuantize::Infer(Inference& i) const {
  SLIM_RETURN_IF_ERROR(ExpectInputs(i, 1));
  SLIM_RETURN_IF_ERROR(ExpectChannels(i, 0, channels));
  if (!i.plan.Has(bits)) return Invalid("the channel space does not exist", bits.space);
  if (i.Full(bits) > 8) return Invalid("a symbol has at most 8 bits", i.Full(bits));
  i.AddParam({"range", ParamRole::kRange, Sharing::kPrefix, Shape(i.Full(bits), 2),
              Shape(i.Active(bits), 2)});
  i.output = i.inputs[0];
  i.macs = i.output.Count();
  i.backward_scratch_bytes = AlignUp(2 * static_cast<int64_t>(sizeof(double)) * i.workers);
  return OkStatus();
}

template <class T>
void FakeQuantize::Forward(const ForwardArgs<T>& a) const {
  const QuantizeRange<T> range(a.params[0]);
  ParallelFor(a.output.Count(), 4096, [&](int64_t begin, int64_t end, int) {
    for (int64_t i = begin; i < end; ++i) {
      const T x = a.inputs[0][i];
      // NaN passes, so that a diverging network is seen; the codec would send symbol 0.
      a.output[i] = x == x ? range.Value(range.Symbol(range.Position(x))) : x;
    }
  });
}

SLIM_INSTANTIATE_FORWARD(FakeQuantize);

}  // namespace slim
