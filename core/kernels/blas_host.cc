#include "core/kernels/blas_host.h"

#include <cblas.h>

#include "core/kernels/kernels.h"

namespace slim {
namespace {

void GemmOnOpenBlas(const GemmArgs<float>& a) {
  if (a.m == 0 || a.n == 0) return;
  cblas_sgemm(CblasRowMajor, a.transpose_a ? CblasTrans : CblasNoTrans,
              a.transpose_b ? CblasTrans : CblasNoTrans, static_cast<blasint>(a.m),
              static_cast<blasint>(a.n), static_cast<blasint>(a.k), 1.0f, a.a,
              static_cast<blasint>(a.a_pitch), a.b, static_cast<blasint>(a.b_pitch),
              a.accumulate ? 1.0f : 0.0f, a.c, static_cast<blasint>(a.c_pitch));
}

}  // namespace

void UseOpenBlas() {
  openblas_set_num_threads(1);
  SetGemm(GemmOnOpenBlas);
}

std::string OpenBlasDescription() {
  return std::string(openblas_get_config()) + " (" + openblas_get_corename() + ")";
}

}  // namespace slim
