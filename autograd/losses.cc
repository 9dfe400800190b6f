#include "autograd/losses.h"

#include <math.h>

namespace slim {
namespace {

// Largest logit and log of the sum of exp, of one row divided by tau: log softmax_k = x_k / tau -
// max - log_sum.
struct LogSum {
  double max, log_sum;
};

template <class T>
LogSum LogSumOf(const T* row, int64_t classes, double tau) {
  double max = row[0] / tau;
  for (int64_t k = 1; k < classes; ++k) max = fmax(max, row[k] / tau);
  double sum = 0;
  for (int64_t k = 0; k < classes; ++k) sum += exp(row[k] / tau - max);
  return {max, log(sum)};
}

// sum_k -q(k) log softmax(row / tau)_k for one image, scale * (softmax - q) / tau added to its
// gradient. q sums to 1.
template <class T, class Target>
double RowCrossEntropy(const T* row, int64_t classes, double tau, const Target& q, double scale,
                       T* gradient) {
  const LogSum s = LogSumOf(row, classes, tau);
  double loss = 0;
  for (int64_t k = 0; k < classes; ++k) {
    const double log_p = row[k] / tau - s.max - s.log_sum;
    const double target = q(k);
    if (target != 0) loss -= target * log_p;
    gradient[k] += static_cast<T>(scale * (exp(log_p) - target) / tau);
  }
  return loss;
}

template <class T>
double Squares(const TensorView<const T>& value, const TensorView<const T>& target, double scale,
               const TensorView<T>& gradient) {
  double sum = 0;
  const int64_t count = value.Count();
  for (int64_t i = 0; i < count; ++i) {
    const double difference = static_cast<double>(value[i]) - target[i];
    sum += difference * difference;
    gradient[i] += static_cast<T>(2 * scale * difference);
  }
  return sum;
}

}  // namespace

template <class T>
double CrossEntropy(const TensorView<const T>& logits, const int32_t* labels, double smoothing,
                    double weight, const TensorView<T>& gradient) {
  const int64_t images = logits.shape.n(), classes = logits.shape.c();
  double loss = 0;
  for (int64_t n = 0; n < images; ++n) {
    const auto q = [&](int64_t k) {
      return (k == labels[n] ? 1 - smoothing : 0.0) + smoothing / static_cast<double>(classes);
    };
    loss += RowCrossEntropy(logits.data + n * classes, classes, 1.0, q, weight / images,
                            gradient.data + n * classes);
  }
  return loss / images;
}

template <class T>
double SoftCrossEntropy(const TensorView<const T>& logits, const TensorView<const T>& target,
                        double weight, const TensorView<T>& gradient) {
  const int64_t images = logits.shape.n(), classes = logits.shape.c();
  double loss = 0;
  for (int64_t n = 0; n < images; ++n) {
    const auto q = [&](int64_t k) { return static_cast<double>(target[n * classes + k]); };
    loss += RowCrossEntropy(logits.data + n * classes, classes, 1.0, q, weight / images,
                            gradient.data + n * classes);
  }
  return loss / images;
}

template <class T>
double DistillationKl(const TensorView<const T>& logits, const TensorView<const T>& teacher,
                      double tau, double weight, const TensorView<T>& gradient) {
  const int64_t images = logits.shape.n(), classes = logits.shape.c();
  double loss = 0;
  for (int64_t n = 0; n < images; ++n) {
    const T* row = teacher.data + n * classes;
    const LogSum s = LogSumOf(row, classes, tau);
    const auto log_q = [&](int64_t k) { return row[k] / tau - s.max - s.log_sum; };
    const auto q = [&](int64_t k) { return exp(log_q(k)); };
    for (int64_t k = 0; k < classes; ++k) loss += q(k) * log_q(k);  // KL = cross entropy - entropy
    loss += RowCrossEntropy(logits.data + n * classes, classes, tau, q, weight * tau * tau / images,
                            gradient.data + n * classes);
  }
  return tau * tau * loss / images;
}

template <class T>
double HintonDistillation(const TensorView<const T>& logits, const TensorView<const T>& teacher,
                          const int32_t* labels, double alpha, double tau, double weight,
                          const TensorView<T>& gradient) {
  return alpha * CrossEntropy(logits, labels, 0.0, alpha * weight, gradient) +
         (1 - alpha) * DistillationKl(logits, teacher, tau, (1 - alpha) * weight, gradient);
}

template <class T>
double SumOfSquares(const TensorView<const T>& value, const TensorView<const T>& target,
                    double weight, const TensorView<T>& gradient) {
  return Squares(value, target, weight, gradient);
}

template <class T>
double MeanSquare(const TensorView<const T>& value, const TensorView<const T>& target,
                  double weight, const TensorView<T>& gradient) {
  const double count = static_cast<double>(value.Count());
  return Squares(value, target, weight / count, gradient) / count;
}

template <class T>
int64_t CountCorrect(const TensorView<const T>& logits, const int32_t* labels) {
  const int64_t images = logits.shape.n(), classes = logits.shape.c();
  int64_t correct = 0;
  for (int64_t n = 0; n < images; ++n) {
    const T* row = logits.data + n * classes;
    int64_t best = 0;
    for (int64_t k = 1; k < classes; ++k) best = row[k] > row[best] ? k : best;
    correct += best == labels[n];
  }
  return correct;
}

template <class T>
void SoftmaxOf(const TensorView<const T>& logits, const TensorView<T>& probabilities) {
  const int64_t images = logits.shape.n(), classes = logits.shape.c();
  for (int64_t n = 0; n < images; ++n) {
    const T* row = logits.data + n * classes;
    const LogSum s = LogSumOf(row, classes, 1.0);
    for (int64_t k = 0; k < classes; ++k) {
      probabilities[n * classes + k] = static_cast<T>(exp(row[k] - s.max - s.log_sum));
    }
  }
}

#define SLIM_INSTANTIATE_LOSSES(T)                                                                 \
  template double CrossEntropy(const TensorView<const T>&, const int32_t*, double, double,         \
                               const TensorView<T>&);                                              \
  template double SoftCrossEntropy(const TensorView<const T>&, const TensorView<const T>&, double, \
                                   const TensorView<T>&);                                          \
  template double DistillationKl(const TensorView<const T>&, const TensorView<const T>&, double,   \
                                 double, const TensorView<T>&);                                    \
  template double HintonDistillation(const TensorView<const T>&, const TensorView<const T>&,       \
                                     const int32_t*, double, double, double,                       \
                                     const TensorView<T>&);                                        \
  template double SumOfSquares(const TensorView<const T>&, const TensorView<const T>&, double,     \
                               const TensorView<T>&);                                              \
  template double MeanSquare(const TensorView<const T>&, const TensorView<const T>&, double,       \
                             const TensorView<T>&);                                                \
  template int64_t CountCorrect(const TensorView<const T>&, const int32_t*);                       \
  template void SoftmaxOf(const TensorView<const T>&, const TensorView<T>&)
SLIM_INSTANTIATE_LOSSES(float);
SLIM_INSTANTIATE_LOSSES(double);

}  // namespace slim
