#include "layers/fake_quantize.h"

#include "layers/quantize_common.h"

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
  i.backward_scratch_bytes = QuantizeBackwardScratchBytes(i.workers);
  return OkStatus();
}

template <class T>
void FakeQuantize::Forward(const ForwardArgs<T>& a) const {
  QuantizeForward(LastRangeOf<T>(a.params[0]), a);
}

SLIM_INSTANTIATE_FORWARD(FakeQuantize);

}  // namespace slim
