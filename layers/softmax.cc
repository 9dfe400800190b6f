#include "layers/softmax.h"

#include <math.h>

#include "core/parallel.h"

namespace slim {

Status Softmax::Infer(Inference& i) const {
  SLIM_RETURN_IF_ERROR(ExpectInputs(i, 1));
  i.output = i.inputs[0];
  return OkStatus();
}

template <class T>
void Softmax::Forward(const ForwardArgs<T>& a) const {
  const int64_t channels = a.output.shape.c();
  ParallelFor(a.output.shape.pixels(), 64, [&](int64_t begin, int64_t end, int) {
    for (int64_t p = begin; p < end; ++p) {
      const T* x = a.inputs[0].data + p * channels;
      T* y = a.output.data + p * channels;
      T most = x[0], sum = 0;
      for (int64_t c = 1; c < channels; ++c) most = x[c] > most ? x[c] : most;
      for (int64_t c = 0; c < channels; ++c) {
        y[c] = static_cast<T>(exp(x[c] - most));
        sum += y[c];
      }
      for (int64_t c = 0; c < channels; ++c) y[c] /= sum;
    }
  });
}

SLIM_INSTANTIATE_FORWARD(Softmax);

}  // namespace slim
