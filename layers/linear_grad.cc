// dx = dy * W,  dW += dy^T * x,  db += sum over images of dy; one matrix product per tap.
#include "core/kernels/kernels.h"
#include "layers/linear.h"

namespace slim {

template <class T>
void Linear::Backward(const BackwardArgs<T>& a) const {
  const TensorView<const T>& w = a.params[0];
  const int64_t images = a.output.shape.n(), outputs = w.shape.dim[0], inputs = w.shape.dim[2];
  const T* dy = a.grad_output.data;
  for (int64_t tap = 0; tap < taps; ++tap) {
    if (a.grad_params[0]) {
      GemmArgs<T> gemm;
      gemm.transpose_a = gemm.accumulate = true;
      gemm.m = outputs;
      gemm.n = inputs;
      gemm.k = images;
      gemm.a = dy;
      gemm.a_pitch = outputs;
      gemm.b = a.inputs[0].data + tap * inputs;
      gemm.b_pitch = taps * inputs;
      gemm.c = a.grad_params[0].data + tap * a.grad_params[0].pitch[1];
      gemm.c_pitch = a.grad_params[0].pitch[0];
      GetKernels<T>().gemm(gemm);
    }
    if (a.grad_inputs[0]) {
      GemmArgs<T> gemm;
      gemm.accumulate = a.accumulate[0];
      gemm.m = images;
      gemm.n = inputs;
      gemm.k = outputs;
      gemm.a = dy;
      gemm.a_pitch = outputs;
      gemm.b = w.data + tap * w.pitch[1];
      gemm.b_pitch = w.pitch[0];
      gemm.c = a.grad_inputs[0].data + tap * inputs;
      gemm.c_pitch = taps * inputs;
      GetKernels<T>().gemm(gemm);
    }
  }
  if (bias && a.grad_params[1]) {
    for (int64_t n = 0; n < images; ++n) {
      for (int64_t o = 0; o < outputs; ++o) a.grad_params[1][o] += dy[n * outputs + o];
    }
  }
}

SLIM_INSTANTIATE_BACKWARD(Linear);

}  // namespace slim
