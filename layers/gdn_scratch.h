// What the verbs of Gdn share: the parameters' values, the norms of a few pixels, and the layout of
// scratch memory.
#ifndef SLIMSPLIT_LAYERS_GDN_SCRATCH_H_
#define SLIMSPLIT_LAYERS_GDN_SCRATCH_H_

#include <math.h>

#include "core/kernels/kernels.h"
#include "core/parallel.h"
#include "core/workspace.h"
#include "layers/gdn.h"

namespace slim {

// A pixel's norm is beta_i + sum_j gamma_ij |x_j|. So many pixels are worked on at once.
inline constexpr int64_t kGdnRun = 64;

// How a parameter with values >= minimum is stored.
template <class T>
struct GdnBound {
  static constexpr double kPedestal = 0x1p-36;
  T bound;

  explicit GdnBound(double minimum) : bound(static_cast<T>(sqrt(minimum + kPedestal))) {}

  T Root(T stored) const { return stored < bound ? bound : stored; }
  T Value(T stored) const { return Root(stored) * Root(stored) - static_cast<T>(kPedestal); }
  // The gradient of `stored` that follows from that of its value.
  T Gradient(T stored, T value_gradient) const {
    const T gradient = 2 * Root(stored) * value_gradient;
    return stored < bound && gradient >= 0 ? T{0} : gradient;
  }
};
template <class T>
GdnBound<T> GdnBetaBound() {
  return GdnBound<T>(1e-6);
}
template <class T>
GdnBound<T> GdnGammaBound() {
  return GdnBound<T>(0);
}

// The values of beta [channels] and gamma [channels][channels].
template <class T>
struct GdnValues {
  int64_t channels;
  T* beta;
  T* gamma;
  GdnValues(int64_t channels_held, Workspace& w)
      : channels(channels_held),
        beta(w.Take<T>(channels)),
        gamma(w.Take<T>(SaturatingMul(channels, channels))) {}

  // Computes those of a prefix of the channels.
  void Fill(const TensorView<const T>& stored_beta, const TensorView<const T>& stored_gamma) const {
    const int64_t active = stored_beta.shape.dim[0];
    const GdnBound<T> of_beta = GdnBetaBound<T>(), of_gamma = GdnGammaBound<T>();
    for (int64_t i = 0; i < active; ++i) {
      beta[i] = of_beta.Value(stored_beta[i]);
      const T* row = stored_gamma.data + i * stored_gamma.pitch[0];
      for (int64_t j = 0; j < active; ++j) gamma[i * channels + j] = of_gamma.Value(row[j]);
    }
  }

  // magnitude[p][j] = |x[p][j]| and norm[p][i] of `pixels` <= kGdnRun pixels with `active`
  // channels.
  void Norms(const T* x, int64_t pixels, int64_t active, T* magnitude, T* norm) const {
    for (int64_t i = 0; i < pixels * active; ++i) magnitude[i] = x[i] < 0 ? -x[i] : x[i];
    for (int64_t p = 0; p < pixels; ++p) {
      for (int64_t i = 0; i < active; ++i) norm[p * active + i] = beta[i];
    }
    GemmArgs<T> gemm;
    gemm.transpose_b = gemm.accumulate = true;
    gemm.m = pixels;
    gemm.n = gemm.k = active;
    gemm.a = magnitude;
    gemm.b = gamma;
    gemm.b_pitch = channels;
    gemm.c = norm;
    gemm.a_pitch = gemm.c_pitch = active;
    GetKernels<T>().gemm(gemm);
  }
};

// Calls body(first pixel, pixels, worker) for runs of at most kGdnRun pixels that cover all.
template <class Body>
void ForEachGdnRun(int64_t pixels, const Body& body) {
  ParallelFor(pixels, kGdnRun, [&](int64_t begin, int64_t end, int worker) {
    for (int64_t first = begin; first < end; first += kGdnRun) {
      body(first, end - first < kGdnRun ? end - first : kGdnRun, worker);
    }
  });
}

template <class T>
struct GdnForwardScratch {
  T* magnitude;  // [workers][kGdnRun][channels]
  GdnForwardScratch(int64_t channels, int workers, Workspace& w)
      : magnitude(w.Take<T>(SaturatingMul(workers * kGdnRun, channels))) {}
};

template <class T>
struct GdnBackwardScratch {
  GdnValues<T> values;
  T* magnitude;           // [workers][kGdnRun][channels]
  T* norm;                // [workers][kGdnRun][channels], then the gradient of it
  T* spread;              // [workers][kGdnRun][channels], gradient of the magnitudes
  T* gamma_gradient;      // [workers][channels][channels]
  double* beta_gradient;  // [workers][channels]
  GdnBackwardScratch(int64_t channels, int workers, Workspace& w)
      : values(channels, w),
        magnitude(w.Take<T>(SaturatingMul(workers * kGdnRun, channels))),
        norm(w.Take<T>(SaturatingMul(workers * kGdnRun, channels))),
        spread(w.Take<T>(SaturatingMul(workers * kGdnRun, channels))),
        gamma_gradient(w.Take<T>(SaturatingMul(workers, SaturatingMul(channels, channels)))),
        beta_gradient(w.Take<double>(SaturatingMul(workers, channels))) {}
};

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_GDN_SCRATCH_H_
