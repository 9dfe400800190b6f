#include "layers/linear.h"

#include "core/kernels/kernels.h"
#include "core/parallel.h"

namespace slim {

void Linear::Fields(FieldVisitor& v) {
  v.Field("in", in);
  v.Field("out", out);
  v.Field("taps", taps);
  v.Field("bias", bias);
}

Status Linear::Infer(Inference& i) const {
  SLIM_RETURN_IF_ERROR(ExpectInputs(i, 1));
  SLIM_RETURN_IF_ERROR(ExpectChannels(i, 0, in));
  if (!i.plan.Has(out)) return Invalid("the channel space does not exist", out.space);
  if (bias > 1) return Invalid("bias must be 0 or 1", bias);
  const Shape& x = i.inputs[0];
  if (SaturatingMul(x.h(), x.w()) != taps)
    return Invalid("the input has another number of pixels than taps", x.h() * x.w());
  const Shape full(i.Full(out), taps, i.Full(in)), active(i.Active(out), taps, i.Active(in));
  i.AddParam({"weight", ParamRole::kLinearWeight, Sharing::kPrefix, full, active});
  if (bias) i.AddVector("bias", ParamRole::kBias, Sharing::kPrefix, out);
  i.output = Shape(x.n(), 1, 1, i.Active(out));
  i.macs = SaturatingMul(i.output.Count(), SaturatingMul(taps, i.Active(in)));
  return OkStatus();
}

// So many products are worth waking a thread for.
constexpr int64_t kProductsOfAWorker = 65536;

template <class T>
void Linear::Forward(const ForwardArgs<T>& a) const {
  const TensorView<T>& w = a.params[0];
  const int64_t images = a.output.shape.n(), outputs = w.shape.dim[0], inputs = w.shape.dim[2];
  const int64_t of_an_output = images * taps * inputs;
  ParallelFor(outputs, kProductsOfAWorker / (of_an_output + 1) + 1,
              [&](int64_t begin, int64_t end, int) {
                GemmArgs<T> gemm;
                gemm.transpose_b = gemm.accumulate = true;
                gemm.m = images;
                gemm.n = end - begin;
                gemm.k = inputs;
                gemm.a_pitch = taps * inputs;
                gemm.b_pitch = w.pitch[0];
                gemm.c = a.output.data + begin;
                gemm.c_pitch = outputs;
                for (int64_t n = 0; n < images; ++n) {
                  for (int64_t o = 0; o < gemm.n; ++o) {
                    gemm.c[n * outputs + o] = bias ? a.params[1][begin + o] : T{0};
                  }
                }
                for (int64_t tap = 0; tap < taps; ++tap) {
                  gemm.a = a.inputs[0].data + tap * inputs;
                  gemm.b = w.data + begin * w.pitch[0] + tap * w.pitch[1];
                  GetKernels<T>().row_products(gemm);
                }
              });
}

SLIM_INSTANTIATE_FORWARD(Linear);

}  // namespace slim
