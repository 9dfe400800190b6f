// Losses: each returns its value and adds its gradient, times `weight`, to the gradient it is
// given.
//
// Seeding gradients instead of recording losses lets any number of them act on any values of a
// tape; targets are constants ("detached") by construction. All are in double inside.
#ifndef SLIMSPLIT_AUTOGRAD_LOSSES_H_
#define SLIMSPLIT_AUTOGRAD_LOSSES_H_

#include <stdint.h>

#include "core/tensor_view.h"

namespace slim {

// Mean over images of -sum_k q_k log softmax(logits)_k with q = (1 - smoothing) * onehot(label) +
// smoothing / classes (Szegedy et al., 2016). logits, gradient: [N][1][1][K]; labels: N numbers in
// [0, K), checked by the data set.
template <class T>
double CrossEntropy(const TensorView<const T>& logits, const int32_t* labels, double smoothing,
                    double weight, const TensorView<T>& gradient);

// Mean over images of -sum_k target_k log softmax(logits)_k; target rows are probabilities. The
// in-place distillation of US-Nets (methods: target = softmax of the widest network, same step).
template <class T>
double SoftCrossEntropy(const TensorView<const T>& logits, const TensorView<const T>& target,
                        double weight, const TensorView<T>& gradient);

// Mean over images of tau^2 KL(softmax(teacher / tau) || softmax(logits / tau)) (Hinton et al.,
// 2015).
template <class T>
double DistillationKl(const TensorView<const T>& logits, const TensorView<const T>& teacher,
                      double tau, double weight, const TensorView<T>& gradient);

// alpha * CrossEntropy + (1 - alpha) * DistillationKl, the L_KD of BottleFit with alpha 0.5, tau 1.
template <class T>
double HintonDistillation(const TensorView<const T>& logits, const TensorView<const T>& teacher,
                          const int32_t* labels, double alpha, double tau, double weight,
                          const TensorView<T>& gradient);

// Sum over all elements of (value - target)^2: the feature distance of generalized head network
// distillation.
template <class T>
double SumOfSquares(const TensorView<const T>& value, const TensorView<const T>& target,
                    double weight, const TensorView<T>& gradient);

// Mean over all elements of (value - target)^2.
template <class T>
double MeanSquare(const TensorView<const T>& value, const TensorView<const T>& target,
                  double weight, const TensorView<T>& gradient);

// Number of images whose largest logit is that of the label; the first of equal logits counts.
template <class T>
int64_t CountCorrect(const TensorView<const T>& logits, const int32_t* labels);

// Writes softmax(logits) of each image into `probabilities`, of the same shape.
template <class T>
void SoftmaxOf(const TensorView<const T>& logits, const TensorView<T>& probabilities);

}  // namespace slim

#endif  // SLIMSPLIT_AUTOGRAD_LOSSES_H_
