#include "layers/layer.h"

namespace slim {

Status ExpectInputs(const Inference& i, int count) {
  if (i.num_inputs != count) return Invalid("the layer has another number of inputs", i.num_inputs);
  return OkStatus();
}

Status ExpectChannels(const Inference& i, int index, Channels c) {
  if (!i.plan.Has(c)) return Invalid("the channel space does not exist", c.space);
  if (i.inputs[index].c() != i.Active(c)) {
    return Invalid("the input has another number of channels than the layer", i.inputs[index].c());
  }
  return OkStatus();
}

}  // namespace slim
