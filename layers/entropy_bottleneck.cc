#include "layers/entropy_bottleneck.h"

#include "layers/quantize_common.h"

namespace slim {

void EntropyBottleneck::Fields(FieldVisitor& v) {
  v.Field("channels", channels);
  v.Field("rates", rates);
  v.Field("bits", bits);
}

Status EntropyBottleneck::Infer(Inference& i) const {
  SLIM_RETURN_IF_ERROR(ExpectInputs(i, 1));
  SLIM_RETURN_IF_ERROR(ExpectChannels(i, 0, channels));
  if (!i.plan.Has(rates)) return Invalid("the channel space does not exist", rates.space);
  if (bits < 2 || bits > 8) return Invalid("a symbol has 2 to 8 bits", bits);
  i.AddVector("step", ParamRole::kStep, Sharing::kPrefix, rates);
  i.AddParam({"prior", ParamRole::kPrior, Sharing::kPrefix,
              Shape(i.Full(rates), i.Full(channels), kPriorParams),
              Shape(i.Active(rates), i.Active(channels), kPriorParams)});
  i.output = i.inputs[0];
  i.macs = i.output.Count();
  i.backward_scratch_bytes = QuantizeBackwardScratchBytes(i.workers);
  return OkStatus();
}

template <class T>
void EntropyBottleneck::Forward(const ForwardArgs<T>& a) const {
  const T step = a.params[0][a.params[0].Count() - 1];
  QuantizeForward(QuantizeRange<T>(Low(step), High(step), bits), a);
}

SLIM_INSTANTIATE_FORWARD(EntropyBottleneck);

}  // namespace slim
