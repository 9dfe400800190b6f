// The logistic function, and swish.
#include "core/kernels/isa_kernels.h"
#include "core/kernels/vec_exp.h"

namespace slim {
namespace SLIM_ISA {
void Sigmoid(const Scalar* x, int64_t count, Scalar* y) {
  const Vec one = Splat(1);
  for (int64_t i = 0; i < count; i += kLanes) {
    StoreUpTo(y + i, one / (one + Exp(-LoadUpTo(x + i, count - i))), count - i);
  }
}

void Swish(const Scalar* x, int64_t count, Scalar* y) {
  for (int64_t i = 0; i < count; i += kLanes) {
    StoreUpTo(y + i, SwishOf(LoadUpTo(x + i, count - i)), count - i);
  }
}

}  // namespace SLIM_ISA
}  // namespace slim
