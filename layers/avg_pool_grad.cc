// dx += dy / count at every pixel under the window.
#include "layers/avg_pool.h"
#include "layers/map_common.h"
#include "layers/pool_common.h"

namespace slim {

template <class T>
void AvgPool::Backward(const BackwardArgs<T>& a) const {
  const PoolWindow window = {kernel, stride, padding};
  const Shape& x = a.inputs[0].shape;
  ForEachPixelGrad(a, [&](const PixelGrad<T>& at) {
    const T count = static_cast<T>(window.Count(x, at.h, at.w, count_include_padding != 0));
    window.ForEachPixel(x, at.h, at.w, [&](int64_t pixel) {
      T* dx = at.dx + pixel * x.c();
      for (int64_t c = 0; c < x.c(); ++c) dx[c] += at.dy[c] / count;
    });
  });
}

SLIM_INSTANTIATE_BACKWARD(AvgPool);

}  // namespace slim
