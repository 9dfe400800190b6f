#include "layers/add.h"

#include "core/parallel.h"

namespace slim {

void Add::Fields(FieldVisitor& v) { v.Field("activation", activation); }

Status Add::Infer(Inference& i) const {
  SLIM_RETURN_IF_ERROR(ExpectInputs(i, 2));
  SLIM_RETURN_IF_ERROR(ExpectActivation(activation));
  if (i.inputs[0] != i.inputs[1]) return Invalid("the two inputs differ in shape");
  i.output = i.inputs[0];
  return OkStatus();
}

template <class T>
void Add::Forward(const ForwardArgs<T>& a) const {
  ParallelFor(a.output.Count(), 4096, [&](int64_t begin, int64_t end, int) {
    GetKernels<T>().add(a.inputs[0].data + begin, a.inputs[1].data + begin, end - begin,
                        ClampOf<Real<T>>(activation), a.output.data + begin);
  });
}

SLIM_INSTANTIATE_FORWARD(Add);
SLIM_INSTANTIATE_FORWARD_BF16(Add);

}  // namespace slim
