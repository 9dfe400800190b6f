#include "layers/upsample.h"

#include "layers/map_common.h"
#include "layers/upsample_common.h"

namespace slim {

void Upsample::Fields(FieldVisitor& v) {
  v.Field("factor", factor);
  v.Field("bilinear", bilinear);
}

Status Upsample::Infer(Inference& i) const {
  SLIM_RETURN_IF_ERROR(ExpectInputs(i, 1));
  if (factor < 1) return Invalid("factor must be at least 1", factor);
  if (bilinear > 1) return Invalid("bilinear must be 0 or 1", bilinear);
  const Shape& x = i.inputs[0];
  i.output = Shape(x.n(), SaturatingMul(x.h(), factor), SaturatingMul(x.w(), factor), x.c());
  if (bilinear) i.macs = SaturatingMul(4, i.output.Count());
  return OkStatus();
}

template <class T>
void Upsample::Forward(const ForwardArgs<T>& a) const {
  const Shape& x = a.inputs[0].shape;
  ForEachOutputPixel(a, [&](const T* image, int64_t h, int64_t w, T* y) {
    for (int64_t c = 0; c < x.c(); ++c) y[c] = T{0};
    ForEachUpsampled(*this, x, h, w, [&](int64_t pixel, double weight) {
      const T* from = image + pixel * x.c();
      for (int64_t c = 0; c < x.c(); ++c) y[c] += static_cast<T>(weight) * from[c];
    });
  });
}

SLIM_INSTANTIATE_FORWARD(Upsample);

}  // namespace slim
