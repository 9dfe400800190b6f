#include "layers/multiply.h"

#include "core/parallel.h"

namespace slim {

Status Multiply::Infer(Inference& i) const {
  SLIM_RETURN_IF_ERROR(ExpectInputs(i, 2));
  const Shape& x = i.inputs[0];
  if (i.inputs[1] != Shape(x.n(), 1, 1, x.c())) {
    return Invalid("the second input must have one pixel, and the images and channels of the first",
                   i.inputs[1].c());
  }
  i.output = x;
  i.macs = x.Count();
  return OkStatus();
}

template <class T>
void Multiply::Forward(const ForwardArgs<T>& a) const {
  const Shape& x = a.output.shape;
  const int64_t pixels = x.h() * x.w(), channels = x.c();
  ParallelFor(x.pixels(), 64, [&](int64_t begin, int64_t end, int) {
    for (int64_t p = begin; p < end; ++p) {
      const T* from = a.inputs[0].data + p * channels;
      const T* s = a.inputs[1].data + p / pixels * channels;
      T* y = a.output.data + p * channels;
      for (int64_t c = 0; c < channels; ++c) y[c] = from[c] * s[c];
    }
  });
}

SLIM_INSTANTIATE_FORWARD(Multiply);

}  // namespace slim
