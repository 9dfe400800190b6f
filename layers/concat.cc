#include "layers/concat.h"

#include "core/parallel.h"

namespace slim {

void Concat::Fields(FieldVisitor& v) { v.Field("out", out); }

Status Concat::Infer(Inference& i) const {
  if (i.num_inputs < 1) return Invalid("the layer needs at least one input", i.num_inputs);
  if (!i.plan.Has(out)) return Invalid("the channel space does not exist", out.space);
  const Shape& x = i.inputs[0];
  const int64_t channels = i.Active(out);
  int64_t missing = channels;
  for (int input = 0; input < i.num_inputs; ++input) {
    const Shape& part = i.inputs[input];
    if (part != Shape(x.n(), x.h(), x.w(), part.c())) {
      return Invalid("the inputs differ in more than channels", input);
    }
    if (part.c() > missing)
      return Invalid("the parts have more channels than the output", channels);
    missing -= part.c();
  }
  if (missing != 0) return Invalid("the parts have fewer channels than the output", channels);
  i.output = Shape(x.n(), x.h(), x.w(), channels);
  return OkStatus();
}

template <class T>
void Concat::Forward(const ForwardArgs<T>& a) const {
  const int64_t channels = a.output.shape.c();
  ParallelFor(a.output.shape.pixels(), 256, [&](int64_t begin, int64_t end, int) {
    for (int64_t p = begin; p < end; ++p) {
      T* y = a.output.data + p * channels;
      for (int input = 0; input < a.num_inputs; ++input) {
        const int64_t part = a.inputs[input].shape.c();
        const T* x = a.inputs[input].data + p * part;
        for (int64_t c = 0; c < part; ++c) y[c] = x[c];
        y += part;
      }
    }
  });
}

SLIM_INSTANTIATE_FORWARD(Concat);

}  // namespace slim
