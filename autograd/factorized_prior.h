// What a latent would cost: the learned factorised prior of an entropy bottleneck.
//
// For each channel a monotone network l(v) gives the cumulative distribution c = sigmoid(l), and a
// symbol the probability p(v) = c(v + 1/2) - c(v - 1/2) (Balle et al., "Variational image
// compression with a scale hyperprior", 2018, appendix 6.1):
//   h_0 = v,  z_k = softplus(H_k) h_k + b_k,  h_{k+1} = z_k + tanh(a_k) tanh(z_k),  l = z_4
// with 1, 3, 3, 3, 3, 1 units. A channel's 58 parameters are H_0, b_0, a_0, H_1, ..., H_4, b_4.
#ifndef SLIMSPLIT_AUTOGRAD_FACTORIZED_PRIOR_H_
#define SLIMSPLIT_AUTOGRAD_FACTORIZED_PRIOR_H_

#include "core/random.h"
#include "core/tensor_view.h"

namespace slim {

// A wide distribution around 0, as CompressAI begins (init_scale 10).
template <class T>
void InitialisePrior(T* channel, Random& random);

// The prior of one rate, and where its gradients go (null: it does not learn).
template <class T>
struct LatentPrior {
  T step = 1;                   // of the quantiser
  const T* channels = nullptr;  // [C][58]
  T* step_gradient = nullptr;
  T* channel_gradients = nullptr;  // [C][58]
};

// Sum over the latent x [N][H][W][C] of -log2 p(x / step + noise); in training the noise, a number
// for each of x, is drawn evenly from [-1/2, 1/2] and stands for rounding. Probabilities below 1e-9
// count as 1e-9; their gradient is that of 1e-9. Adds `weight` times the gradient to `gradient` and
// to the prior's. The same for any number of threads.
template <class T>
double LatentBits(const TensorView<const T>& x, const T* noise, const LatentPrior<T>& prior,
                  double weight, const TensorView<T>& gradient);

// p of each symbol first, first + 1, ..., of one channel.
template <class T>
void PriorProbabilities(const T* channel, int first, int count, double* probabilities);

}  // namespace slim

#endif  // SLIMSPLIT_AUTOGRAD_FACTORIZED_PRIOR_H_
