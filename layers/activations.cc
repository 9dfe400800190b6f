#include "layers/activations.h"

#include "core/parallel.h"

namespace slim {

template <class Function>
Status Pointwise<Function>::Infer(Inference& i) const {
  SLIM_RETURN_IF_ERROR(ExpectInputs(i, 1));
  SLIM_RETURN_IF_ERROR(function.Judge());
  i.output = i.inputs[0];
  return OkStatus();
}

template <class Function>
template <class T>
void Pointwise<Function>::Forward(const ForwardArgs<T>& a) const {
  ParallelFor(a.output.Count(), 4096, [&](int64_t begin, int64_t end, int) {
    const T* x = a.inputs[0].data;
    T* y = a.output.data;
    for (int64_t k = begin; k < end; k += kPointwiseRun) {
      function.Values(x + k, PointwiseRun(end - k), y + k);
    }
  });
}

#define SLIM_INSTANTIATE_POINTWISE(Layer)         \
  template Status Layer::Infer(Inference&) const; \
  SLIM_INSTANTIATE_FORWARD(Layer)
SLIM_INSTANTIATE_POINTWISE(Pointwise<ReluFunction>);
SLIM_INSTANTIATE_POINTWISE(Pointwise<Relu6Function>);
SLIM_INSTANTIATE_POINTWISE(Pointwise<LeakyReluFunction>);
SLIM_INSTANTIATE_POINTWISE(Pointwise<SigmoidFunction>);
SLIM_INSTANTIATE_POINTWISE(Pointwise<SwishFunction>);
SLIM_INSTANTIATE_POINTWISE(Pointwise<HardSwishFunction>);

}  // namespace slim
