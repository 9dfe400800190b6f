#include "layers/max_pool.h"

#include "core/kernels/kernels.h"
#include "layers/map_common.h"
#include "layers/pool_common.h"

namespace slim {

void MaxPool::Fields(FieldVisitor& v) {
  v.Field("kernel", kernel);
  v.Field("stride", stride);
  v.Field("padding", padding);
}

Status MaxPool::Infer(Inference& i) const {
  SLIM_RETURN_IF_ERROR(ExpectInputs(i, 1));
  return PoolWindow{kernel, stride, padding}.Infer(i.inputs[0], &i.output);
}

template <class T>
void MaxPool::Forward(const ForwardArgs<T>& a) const {
  const PoolWindow window = {kernel, stride, padding};
  const Shape& x = a.inputs[0].shape;
  ForEachOutputPixel(a, [&](const T* image, int64_t h, int64_t w, T* y) {
    for (int64_t c = 0; c < x.c(); ++c) y[c] = static_cast<T>(-__builtin_inf());
    window.ForEachPixel(
        x, h, w, [&](int64_t pixel) { GetKernels<T>().maximum(image + pixel * x.c(), x.c(), y); });
  });
}

SLIM_INSTANTIATE_FORWARD(MaxPool);

}  // namespace slim
