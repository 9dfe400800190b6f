// da = db = dy where the activation let it through.
#include "core/parallel.h"
#include "layers/add.h"

namespace slim {

template <class T>
void Add::Backward(const BackwardArgs<T>& a) const {
  constexpr int64_t kBlock = 1024;  // both gradients of a block, while it is in the cache
  const int64_t count = a.output.Count();
  ParallelFor((count + kBlock - 1) / kBlock, 4, [&](int64_t begin, int64_t end, int) {
    for (int64_t at = begin * kBlock; at < end * kBlock && at < count; at += kBlock) {
      const int64_t length = count - at < kBlock ? count - at : kBlock;
      for (int input = 0; input < 2; ++input) {
        if (!a.grad_inputs[input]) continue;
        GetKernels<T>().clamp_grad(a.output.data + at, a.grad_output.data + at, length,
                                   ClampOf<Real<T>>(activation), a.accumulate[input],
                                   a.grad_inputs[input].data + at);
      }
    }
  });
}

SLIM_INSTANTIATE_BACKWARD(Add);
SLIM_INSTANTIATE_BACKWARD_BF16(Add);

}  // namespace slim
