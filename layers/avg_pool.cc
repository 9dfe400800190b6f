#include "layers/avg_pool.h"

#include "layers/map_common.h"
#include "layers/pool_common.h"

namespace slim {

void AvgPool::Fields(FieldVisitor& v) {
  v.Field("kernel", kernel);
  v.Field("stride", stride);
  v.Field("padding", padding);
  v.Field("count_include_padding", count_include_padding);
}

Status AvgPool::Infer(Inference& i) const {
  SLIM_RETURN_IF_ERROR(ExpectInputs(i, 1));
  if (count_include_padding > 1) {
    return Invalid("count_include_padding must be 0 or 1", count_include_padding);
  }
  return PoolWindow{kernel, stride, padding}.Infer(i.inputs[0], &i.output);
}

template <class T>
void AvgPool::Forward(const ForwardArgs<T>& a) const {
  const PoolWindow window = {kernel, stride, padding};
  const Shape& x = a.inputs[0].shape;
  ForEachOutputPixel(a, [&](const T* image, int64_t h, int64_t w, T* y) {
    for (int64_t c = 0; c < x.c(); ++c) y[c] = T{0};
    window.ForEachPixel(x, h, w, [&](int64_t pixel) {
      const T* from = image + pixel * x.c();
      for (int64_t c = 0; c < x.c(); ++c) y[c] += from[c];
    });
    const T count = static_cast<T>(window.Count(x, h, w, count_include_padding != 0));
    for (int64_t c = 0; c < x.c(); ++c) y[c] /= count;
  });
}

SLIM_INSTANTIATE_FORWARD(AvgPool);

}  // namespace slim
