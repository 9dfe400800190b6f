// dx += weight * dy at every pixel that was mixed.
#include "layers/map_common.h"
#include "layers/upsample_common.h"

namespace slim {

template <class T>
void Upsample::Backward(const BackwardArgs<T>& a) const {
  const Shape& x = a.inputs[0].shape;
  ForEachPixelGrad(a, [&](const PixelGrad<T>& at) {
    ForEachUpsampled(*this, x, at.h, at.w, [&](int64_t pixel, double weight) {
      T* dx = at.dx + pixel * x.c();
      for (int64_t c = 0; c < x.c(); ++c) dx[c] += static_cast<T>(weight) * at.dy[c];
    });
  });
}

SLIM_INSTANTIATE_BACKWARD(Upsample);

}  // namespace slim
