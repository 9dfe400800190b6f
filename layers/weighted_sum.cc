#include "layers/weighted_sum.h"

#include <math.h>

#include "core/parallel.h"

namespace slim {

void WeightedSum::Fields(FieldVisitor& v) {
  v.Field("members", members);
  v.Field("first", first);
  v.Field("ratio", ratio);
}

Status WeightedSum::Infer(Inference& i) const {
  if (!i.plan.Has(members)) return Invalid("the channel space does not exist", members.space);
  if (i.num_inputs < 1 || i.num_inputs != i.Full(members)) {
    return Invalid("there must be one input per member", i.num_inputs);
  }
  for (int input = 1; input < i.num_inputs; ++input) {
    if (i.inputs[input] != i.inputs[0]) return Invalid("the inputs differ in shape", input);
  }
  for (int input = 0; input < i.num_inputs; ++input) {
    if (!isfinite(static_cast<float>(Weight(input)))) {
      return Invalid("first and ratio must give finite weights", input);
    }
  }
  i.used_inputs = static_cast<int>(i.Active(members));
  i.output = i.inputs[0];
  i.macs = SaturatingMul(i.used_inputs, i.output.Count());
  return OkStatus();
}

template <class T>
void WeightedSum::Forward(const ForwardArgs<T>& a) const {
  ParallelFor(a.output.Count(), 4096, [&](int64_t begin, int64_t end, int) {
    for (int input = 0; input < a.num_inputs; ++input) {
      const T weight = static_cast<T>(Weight(input));
      const T* x = a.inputs[input].data;
      T* y = a.output.data;
      for (int64_t k = begin; k < end; ++k) {
        y[k] = input == 0 ? weight * x[k] : y[k] + weight * x[k];
      }
    }
  });
}

SLIM_INSTANTIATE_FORWARD(WeightedSum);

}  // namespace slim
