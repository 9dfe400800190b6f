// dx += dy at the first pixel under the window that equals y. It is searched again rather than
// remembered: that costs one read of x, which is there anyway, and no memory between the passes.
#include "layers/map_common.h"
#include "layers/max_pool.h"
#include "layers/pool_common.h"

namespace slim {
namespace {

constexpr int64_t kStrip = 64;  // channels whose gradients wait for their pixel at a time

}  // namespace

template <class T>
void MaxPool::Backward(const BackwardArgs<T>& a) const {
  const PoolWindow window = {kernel, stride, padding};
  const Shape& x = a.inputs[0].shape;
  ForEachPixelGrad(a, [&](const PixelGrad<T>& at) {
    for (int64_t first = 0; first < x.c(); first += kStrip) {
      const int64_t count = x.c() - first < kStrip ? x.c() - first : kStrip;
      const T* y = at.y + first;
      T waiting[kStrip];
      for (int64_t c = 0; c < count; ++c) waiting[c] = at.dy[first + c];
      window.ForEachPixel(x, at.h, at.w, [&](int64_t pixel) {
        const T* from = at.x + pixel * x.c() + first;
        T* dx = at.dx + pixel * x.c() + first;
        for (int64_t c = 0; c < count; ++c) {
          const bool found = from[c] == y[c];
          dx[c] += found ? waiting[c] : T{0};
          waiting[c] = found ? T{0} : waiting[c];
        }
      });
    }
  });
}

SLIM_INSTANTIATE_BACKWARD(MaxPool);

}  // namespace slim
