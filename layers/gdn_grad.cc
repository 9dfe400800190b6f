// Gradients of GDN, per pixel. With g the gradient of y, n_i = beta_i + sum_j gamma_ij |x_j|, and
// q_i = -g_i x_i / n_i^2 the gradient of n_i (inverse: q_i = g_i x_i):
//   dx_j = g_j / n_j + sign(x_j) sum_i q_i gamma_ij    (inverse: g_j n_j + ...)
//   dbeta_i = sum over pixels of q_i,   dgamma_ij = sum over pixels of q_i |x_j|
// and then from the values of beta and gamma to what is stored.
#include "layers/gdn.h"
#include "layers/gdn_scratch.h"

namespace slim {
namespace {

// The buffers of one worker for one run of pixels.
template <class T>
struct Run {
  const T* x;
  const T* g;
  int64_t pixels, active;
  const T* magnitude;
  T* norm;  // becomes its gradient
};

// dx (+)= g / n, or g n.
template <class T>
void AddDirect(const Run<T>& r, bool inverse, bool accumulate, T* dx) {
  for (int64_t i = 0; i < r.pixels * r.active; ++i) {
    const T value = inverse ? r.g[i] * r.norm[i] : r.g[i] / r.norm[i];
    dx[i] = accumulate ? dx[i] + value : value;
  }
}

template <class T>
void NormToItsGradient(const Run<T>& r, bool inverse) {
  for (int64_t i = 0; i < r.pixels * r.active; ++i) {
    const T n = r.norm[i];
    r.norm[i] = inverse ? r.g[i] * r.x[i] : -r.g[i] * r.x[i] / (n * n);
  }
}

// dx += sign(x) * (q gamma)
template <class T>
void AddThroughNorm(const Run<T>& r, const GdnValues<T>& values, T* spread, T* dx) {
  GemmArgs<T> gemm;
  gemm.m = r.pixels;
  gemm.n = gemm.k = r.active;
  gemm.a = r.norm;
  gemm.b = values.gamma;
  gemm.b_pitch = values.channels;
  gemm.c = spread;
  gemm.a_pitch = gemm.c_pitch = r.active;
  GetKernels<T>().gemm(gemm);
  for (int64_t i = 0; i < r.pixels * r.active; ++i) {
    if (r.x[i] > 0) dx[i] += spread[i];
    if (r.x[i] < 0) dx[i] -= spread[i];
  }
}

// beta[i] += sum q_i,  gamma[i][j] += sum q_i |x_j|
template <class T>
void AddValueGradients(const Run<T>& r, double* beta, T* gamma) {
  for (int64_t p = 0; p < r.pixels; ++p) {
    for (int64_t i = 0; i < r.active; ++i) beta[i] += r.norm[p * r.active + i];
  }
  GemmArgs<T> gemm;
  gemm.transpose_a = gemm.accumulate = true;
  gemm.m = gemm.n = r.active;
  gemm.k = r.pixels;
  gemm.a = r.norm;
  gemm.b = r.magnitude;
  gemm.c = gamma;
  gemm.a_pitch = gemm.b_pitch = gemm.c_pitch = r.active;
  GetKernels<T>().gemm(gemm);
}

// gradient[i] += the sum of all workers' partials[worker][i], gradients of values, passed on to
// what is stored.
template <class T, class S>
void AddThroughBound(const GdnBound<T>& bound, const S* partials, int64_t partial_pitch,
                     int workers, const T* stored, int64_t count, T* gradient) {
  for (int64_t i = 0; i < count; ++i) {
    S sum = 0;
    for (int worker = 0; worker < workers; ++worker) sum += partials[worker * partial_pitch + i];
    gradient[i] += bound.Gradient(stored[i], static_cast<T>(sum));
  }
}

}  // namespace

template <class T>
void Gdn::Backward(const BackwardArgs<T>& a) const {
  const int64_t active = a.output.shape.c(), squared = active * active;
  Workspace workspace(a.scratch);
  const GdnBackwardScratch<T> scratch(active, a.workers, workspace);
  scratch.values.Fill(a.params[0], a.params[1]);
  const bool learns = a.grad_params[0] || a.grad_params[1];
  for (int64_t i = 0; i < a.workers * active; ++i) scratch.beta_gradient[i] = 0;
  for (int64_t i = 0; i < a.workers * squared; ++i) scratch.gamma_gradient[i] = T{0};

  ForEachGdnRun(a.output.shape.pixels(), [&](int64_t first, int64_t pixels, int worker) {
    const int64_t buffer = worker * kGdnRun * active;
    const Run<T> run = {a.inputs[0].data + first * active,
                        a.grad_output.data + first * active,
                        pixels,
                        active,
                        scratch.magnitude + buffer,
                        scratch.norm + buffer};
    scratch.values.Norms(run.x, pixels, active, scratch.magnitude + buffer, run.norm);
    T* dx = a.grad_inputs[0] ? a.grad_inputs[0].data + first * active : nullptr;
    if (dx != nullptr) AddDirect(run, inverse, a.accumulate[0], dx);
    NormToItsGradient(run, inverse);
    if (dx != nullptr) AddThroughNorm(run, scratch.values, scratch.spread + buffer, dx);
    if (learns) {
      AddValueGradients(run, scratch.beta_gradient + worker * active,
                        scratch.gamma_gradient + worker * squared);
    }
  });
  if (a.grad_params[0]) {
    AddThroughBound(GdnBetaBound<T>(), scratch.beta_gradient, active, a.workers, a.params[0].data,
                    active, a.grad_params[0].data);
  }
  for (int64_t i = 0; i < active && a.grad_params[1]; ++i) {
    AddThroughBound(GdnGammaBound<T>(), scratch.gamma_gradient + i * active, squared, a.workers,
                    a.params[1].data + i * a.params[1].pitch[0], active,
                    a.grad_params[1].data + i * a.grad_params[1].pitch[0]);
  }
}

SLIM_INSTANTIATE_BACKWARD(Gdn);

}  // namespace slim
