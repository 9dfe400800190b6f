// With v the position of x and r its symbol:
//   dx = dy where 0 <= v <= levels, else 0
//   dhigh += dy * (r - v) / levels inside, dy above;   dlow -= dy * (r - v) / levels inside, += dy
//   below
#include "core/parallel.h"
#include "layers/fake_quantize_common.h"

namespace slim {

template <class T>
void FakeQuantize::Backward(const BackwardArgs<T>& a) const {
  const QuantizeRange<T> range(a.params[0]);
  double* sums = static_cast<double*>(a.scratch);  // [workers][low, high]
  for (int i = 0; i < 2 * a.workers; ++i) sums[i] = 0;
  ParallelFor(a.output.Count(), 4096, [&](int64_t begin, int64_t end, int worker) {
    double low = 0, high = 0;
    for (int64_t i = begin; i < end; ++i) {
      const T position = range.Position(a.inputs[0][i]), dy = a.grad_output[i];
      const bool inside = position >= 0 && position <= range.levels;
      if (inside) {
        const double part = (range.Symbol(position) - position) / range.levels;
        high += dy * part;
        low -= dy * part;
      } else if (position > range.levels) {
        high += dy;
      } else {
        low += dy;
      }
      if (!a.grad_inputs[0]) continue;
      const T dx = inside ? dy : T{0};
      a.grad_inputs[0][i] = a.accumulate[0] ? a.grad_inputs[0][i] + dx : dx;
    }
    sums[2 * worker] = low;
    sums[2 * worker + 1] = high;
  });
  if (!a.grad_params[0]) return;
  const int64_t row = 2 * (a.params[0].shape.dim[0] - 1);
  for (int worker = 0; worker < a.workers; ++worker) {
    a.grad_params[0][row] += static_cast<T>(sums[2 * worker]);
    a.grad_params[0][row + 1] += static_cast<T>(sums[2 * worker + 1]);
  }
}

SLIM_INSTANTIATE_BACKWARD(FakeQuantize);

}  // namespace slim
