#include "layers/flatten.h"

#include "core/parallel.h"

namespace slim {

void Flatten::Fields(FieldVisitor& v) { v.Field("out", out); }

Status Flatten::Infer(Inference& i) const {
  SLIM_RETURN_IF_ERROR(ExpectInputs(i, 1));
  if (!i.plan.Has(out)) return Invalid("the channel space does not exist", out.space);
  const Shape& x = i.inputs[0];
  if (SaturatingMul(SaturatingMul(x.h(), x.w()), x.c()) != i.Active(out)) {
    return Invalid("the output must have as many channels as the input has numbers per image",
                   i.Active(out));
  }
  i.output = Shape(x.n(), 1, 1, i.Active(out));
  return OkStatus();
}

template <class T>
void Flatten::Forward(const ForwardArgs<T>& a) const {
  ParallelFor(a.output.Count(), 4096, [&](int64_t begin, int64_t end, int) {
    for (int64_t k = begin; k < end; ++k) a.output[k] = a.inputs[0][k];
  });
}

SLIM_INSTANTIATE_FORWARD(Flatten);

}  // namespace slim
