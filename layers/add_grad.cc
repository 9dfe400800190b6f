// da = db = dy where the activation let it through.
#include "core/parallel.h"
#include "layers/add.h"

namespace slim {

template <class T>
void Add::Backward(const BackwardArgs<T>& a) const {
  for (int input = 0; input < 2; ++input) {
    if (!a.grad_inputs[input]) continue;
    ParallelFor(a.output.Count(), 4096, [&](int64_t begin, int64_t end, int) {
      GetKernels<T>().clamp_grad(a.output.data + begin, a.grad_output.data + begin, end - begin,
                                 ClampOf<T>(activation), a.accumulate[input],
                                 a.grad_inputs[input].data + begin);
    });
  }
}

SLIM_INSTANTIATE_BACKWARD(Add);

}  // namespace slim
