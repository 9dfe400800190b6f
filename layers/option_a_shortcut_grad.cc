// dx = dy at the pixels and channels that were passed on, 0 elsewhere.
#include "core/kernels/kernels.h"
#include "core/parallel.h"
#include "layers/activation.h"
#include "layers/option_a_shortcut.h"

namespace slim {

template <class T>
void OptionAShortcut::Backward(const BackwardArgs<T>& a) const {
  if (!a.grad_inputs[0]) return;
  const Shape& x = a.inputs[0].shape;
  const Shape& y = a.output.shape;
  const int64_t before = centred ? (y.c() - x.c()) / 2 : 0;
  const Kernels<T>& kernels = GetKernels<T>();
  ParallelFor(x.n() * x.h(), 16, [&](int64_t begin, int64_t end, int) {
    for (int64_t row = begin; row < end; ++row) {
      const int64_t n = row / x.h(), h = row % x.h();
      T* const to_row = a.grad_inputs[0].data + row * x.w() * x.c();
      if (!a.accumulate[0]) {
        for (int64_t i = 0; i < x.w() * x.c(); ++i) to_row[i] = T{0};
      }
      if (h % stride != 0) continue;
      const T* const from_row =
          a.grad_output.data + (n * y.h() + h / stride) * y.w() * y.c() + before;
      for (int64_t w = 0; w < x.w(); w += stride) {
        T* const to = to_row + w * x.c();
        kernels.add(to, from_row + w / stride * y.c(), x.c(), ClampOf<Real<T>>(Activation::kNone),
                    to);
      }
    }
  });
}

SLIM_INSTANTIATE_BACKWARD(OptionAShortcut);
SLIM_INSTANTIATE_BACKWARD_BF16(OptionAShortcut);

}  // namespace slim
