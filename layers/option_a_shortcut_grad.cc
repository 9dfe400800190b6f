// dx = dy at the pixels and channels that were passed on, 0 elsewhere.
#include "core/parallel.h"
#include "layers/option_a_shortcut.h"

namespace slim {

template <class T>
void OptionAShortcut::Backward(const BackwardArgs<T>& a) const {
  if (!a.grad_inputs[0]) return;
  const Shape& x = a.inputs[0].shape;
  const Shape& y = a.output.shape;
  const int64_t before = centred ? (y.c() - x.c()) / 2 : 0;
  ParallelFor(x.n() * x.h(), 16, [&](int64_t begin, int64_t end, int) {
    for (int64_t row = begin; row < end; ++row) {
      const int64_t n = row / x.h(), h = row % x.h();
      for (int64_t w = 0; w < x.w(); ++w) {
        T* to = a.grad_inputs[0].data + (row * x.w() + w) * x.c();
        const bool passed = h % stride == 0 && w % stride == 0;
        if (!passed && a.accumulate[0]) continue;
        const T* from =
            a.grad_output.data + ((n * y.h() + h / stride) * y.w() + w / stride) * y.c() + before;
        for (int64_t c = 0; c < x.c(); ++c) {
          const T value = passed ? from[c] : T{0};
          to[c] = a.accumulate[0] ? to[c] + value : value;
        }
      }
    }
  });
}

SLIM_INSTANTIATE_BACKWARD(OptionAShortcut);

}  // namespace slim
