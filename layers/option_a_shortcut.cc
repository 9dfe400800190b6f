#include "layers/option_a_shortcut.h"

#include "core/parallel.h"

namespace slim {

void OptionAShortcut::Fields(FieldVisitor& v) {
  v.Field("in", in);
  v.Field("out", out);
  v.Field("stride", stride);
  v.Field("centred", centred);
}

Status OptionAShortcut::Infer(Inference& i) const {
  SLIM_RETURN_IF_ERROR(ExpectInputs(i, 1));
  SLIM_RETURN_IF_ERROR(ExpectChannels(i, 0, in));
  if (!i.plan.Has(out)) return Invalid("the channel space does not exist", out.space);
  if (stride < 1) return Invalid("stride must be at least 1", stride);
  if (centred > 1) return Invalid("centred must be 0 or 1", centred);
  if (i.Active(out) < i.Active(in))
    return Invalid("a shortcut cannot drop channels", i.Active(out));
  const Shape& x = i.inputs[0];
  i.output =
      Shape(x.n(), (x.h() + stride - 1) / stride, (x.w() + stride - 1) / stride, i.Active(out));
  return OkStatus();
}

template <class T>
void OptionAShortcut::Forward(const ForwardArgs<T>& a) const {
  const Shape& x = a.inputs[0].shape;
  const Shape& y = a.output.shape;
  const int64_t before = centred ? (y.c() - x.c()) / 2 : 0;
  ParallelFor(y.n() * y.h(), 16, [&](int64_t begin, int64_t end, int) {
    for (int64_t row = begin; row < end; ++row) {
      const int64_t n = row / y.h(), h = row % y.h();
      for (int64_t w = 0; w < y.w(); ++w) {
        const T* from = a.inputs[0].data + ((n * x.h() + h * stride) * x.w() + w * stride) * x.c();
        T* to = a.output.data + (row * y.w() + w) * y.c();
        for (int64_t c = 0; c < y.c(); ++c) to[c] = T{0};
        for (int64_t c = 0; c < x.c(); ++c) to[before + c] = from[c];
      }
    }
  });
}

SLIM_INSTANTIATE_FORWARD(OptionAShortcut);
SLIM_INSTANTIATE_FORWARD_BF16(OptionAShortcut);

}  // namespace slim
