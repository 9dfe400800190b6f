#include "autograd/factorized_prior.h"

#include <math.h>

#include <vector>

#include "core/parallel.h"
#include "layers/entropy_bottleneck.h"

namespace slim {
namespace {

constexpr int kLayers = 5, kMostUnits = 3;
constexpr int kUnits[kLayers + 1] = {1, 3, 3, 3, 3, 1};
constexpr int64_t kPriorParams = EntropyBottleneck::kPriorParams;
constexpr double kLeastProbability = 1e-9;

// Matrices, biases and, but for the last layer, factors.
constexpr int64_t CountParams() {
  int64_t count = 0;
  for (int k = 0; k < kLayers; ++k) {
    count += kUnits[k + 1] * (kUnits[k] + (k < kLayers - 1 ? 2 : 1));
  }
  return count;
}
static_assert(CountParams() == kPriorParams, "the layer stores what the network has");

// The numbers of a monotone network, each where its layer uses it. Also their gradients.
template <class T>
struct Numbers {
  T matrix[kLayers][kMostUnits][kMostUnits] = {}, bias[kLayers][kMostUnits] = {},
    factor[kLayers - 1][kMostUnits] = {};

  // Calls visit(number, index among the 58, what it is).
  template <class OnMatrix, class OnBias, class OnFactor>
  void ForEach(const OnMatrix& on_matrix, const OnBias& on_bias, const OnFactor& on_factor) {
    int index = 0;
    for (int k = 0; k < kLayers; ++k) {
      for (int o = 0; o < kUnits[k + 1]; ++o) {
        for (int i = 0; i < kUnits[k]; ++i) on_matrix(matrix[k][o][i], index++);
      }
      for (int o = 0; o < kUnits[k + 1]; ++o) on_bias(bias[k][o], index++);
      if (k == kLayers - 1) break;
      for (int o = 0; o < kUnits[k + 1]; ++o) on_factor(factor[k][o], index++);
    }
  }
};

template <class T>
T Softplus(T x) {
  return x > T{20} ? x : log1p(exp(x));
}

template <class T>
T Logistic(T x) {
  return T{1} / (T{1} + exp(-x));
}

template <class T>
class MonotoneNet {
 public:
  // What Backward needs of a Forward.
  struct Trace {
    T input[kLayers][kMostUnits], tanh_of[kLayers - 1][kMostUnits];
  };

  explicit MonotoneNet(const T* channel) {
    n_.ForEach([&](T& n, int i) { n = Softplus(channel[i]); }, [&](T& n, int i) { n = channel[i]; },
               [&](T& n, int i) { n = tanh(channel[i]); });
  }

  // l(v)
  T Forward(T v, Trace* trace) const {
    T h[kMostUnits] = {v};
    for (int k = 0; k < kLayers; ++k) {
      T z[kMostUnits];
      for (int o = 0; o < kUnits[k + 1]; ++o) {
        z[o] = n_.bias[k][o];
        for (int i = 0; i < kUnits[k]; ++i) z[o] += n_.matrix[k][o][i] * h[i];
      }
      for (int i = 0; i < kUnits[k]; ++i) trace->input[k][i] = h[i];
      for (int o = 0; o < kUnits[k + 1]; ++o) {
        h[o] = z[o];
        if (k == kLayers - 1) continue;
        trace->tanh_of[k][o] = tanh(z[o]);
        h[o] += n_.factor[k][o] * trace->tanh_of[k][o];
      }
    }
    return h[0];
  }

  // Adds to `gradient`, and returns dl/dv times `upstream`.
  T Backward(const Trace& trace, T upstream, Numbers<T>* gradient) const {
    T d[kMostUnits] = {upstream};  // of h_{k+1}, then of z_k
    for (int k = kLayers - 1; k >= 0; --k) {
      for (int o = 0; o < kUnits[k + 1] && k < kLayers - 1; ++o) {
        const T t = trace.tanh_of[k][o];
        gradient->factor[k][o] += d[o] * t;
        d[o] *= T{1} + n_.factor[k][o] * (T{1} - t * t);
      }
      T below[kMostUnits] = {};
      for (int o = 0; o < kUnits[k + 1]; ++o) {
        gradient->bias[k][o] += d[o];
        for (int i = 0; i < kUnits[k]; ++i) {
          gradient->matrix[k][o][i] += d[o] * trace.input[k][i];
          below[i] += d[o] * n_.matrix[k][o][i];
        }
      }
      for (int i = 0; i < kUnits[k]; ++i) d[i] = below[i];
    }
    return d[0];
  }

  // Adds the gradient of the numbers, carried on to the stored parameters.
  void AddTo(const T* channel, Numbers<T>* gradient, T* to) const {
    gradient->ForEach([&](T& g, int i) { to[i] += g * Logistic(channel[i]); },
                      [&](T& g, int i) { to[i] += g; },
                      [&](T& g, int i) {
                        const T t = tanh(channel[i]);
                        to[i] += g * (T{1} - t * t);
                      });
  }

 private:
  Numbers<T> n_;
};

// c(upper) - c(lower), from the side where both are small: no digits are lost.
template <class T>
T Difference(T lower, T upper) {
  return lower + upper > T{0} ? Logistic(-lower) - Logistic(-upper)
                              : Logistic(upper) - Logistic(lower);
}

// The sums over one channel.
struct ChannelSums {
  double bits = 0, step_gradient = 0;
};

template <class T>
ChannelSums ChannelBits(const TensorView<const T>& x, const T* noise, int64_t c,
                        const LatentPrior<T>& prior, T weight, const TensorView<T>& gradient) {
  const T* channel = prior.channels + c * kPriorParams;
  const MonotoneNet<T> net(channel);
  Numbers<T> of_numbers;
  ChannelSums sums;
  const T inverse_step = T{1} / prior.step, per_bit = weight / static_cast<T>(log(2.0));
  for (int64_t i = c; i < x.Count(); i += x.shape.c()) {
    const T v = x[i] * inverse_step + noise[i];
    typename MonotoneNet<T>::Trace below, above;
    const T lower = net.Forward(v - T{0.5}, &below), upper = net.Forward(v + T{0.5}, &above);
    T p = Difference(lower, upper);
    if (p < static_cast<T>(kLeastProbability)) p = static_cast<T>(kLeastProbability);
    sums.bits -= log2(p);
    // d(-weight * log2 p): c'(l) = c(l) c(-l).
    const T dv =
        net.Backward(above, -per_bit / p * Logistic(upper) * Logistic(-upper), &of_numbers) +
        net.Backward(below, per_bit / p * Logistic(lower) * Logistic(-lower), &of_numbers);
    if (gradient) gradient[i] += dv * inverse_step;
    sums.step_gradient -= dv * x[i] * inverse_step * inverse_step;
  }
  if (prior.channel_gradients != nullptr) {
    net.AddTo(channel, &of_numbers, prior.channel_gradients + c * kPriorParams);
  }
  return sums;
}

}  // namespace

template <class T>
void InitialisePrior(T* channel, Random& random) {
  const double scale = pow(10.0, 1.0 / kLayers);
  Numbers<T> layer_of;  // only to walk
  int k = 0;
  const auto stored = [&](int outputs) {
    return static_cast<T>(log(expm1(1 / (scale * outputs))));
  };
  layer_of.ForEach(
      [&](T&, int i) {
        // 3 inputs x 3 outputs between the first 3 numbers and the last 3.
        k = i < 3 ? 0 : i < 54 ? 1 : kLayers - 1;
        channel[i] = stored(kUnits[k + 1]);
      },
      [&](T&, int i) { channel[i] = static_cast<T>(random.Uniform(-0.5f, 0.5f)); },
      [&](T&, int i) { channel[i] = T{0}; });
}

template <class T>
double LatentBits(const TensorView<const T>& x, const T* noise, const LatentPrior<T>& prior,
                  double weight, const TensorView<T>& gradient) {
  std::vector<ChannelSums> sums(static_cast<size_t>(x.shape.c()));
  ParallelFor(x.shape.c(), 1, [&](int64_t begin, int64_t end, int) {
    for (int64_t c = begin; c < end; ++c) {
      sums[static_cast<size_t>(c)] =
          ChannelBits(x, noise, c, prior, static_cast<T>(weight), gradient);
    }
  });
  ChannelSums all;
  for (const ChannelSums& of_channel : sums) {
    all.bits += of_channel.bits;
    all.step_gradient += of_channel.step_gradient;
  }
  if (prior.step_gradient != nullptr) *prior.step_gradient += static_cast<T>(all.step_gradient);
  return all.bits;
}

template <class T>
void PriorProbabilities(const T* channel, int first, int count, double* probabilities) {
  const MonotoneNet<T> net(channel);
  typename MonotoneNet<T>::Trace trace;
  for (int s = 0; s < count; ++s) {
    const T v = static_cast<T>(first + s);
    probabilities[s] = Difference(net.Forward(v - T{0.5}, &trace), net.Forward(v + T{0.5}, &trace));
  }
}

template void InitialisePrior<float>(float*, Random&);
template void InitialisePrior<double>(double*, Random&);
template double LatentBits<float>(const TensorView<const float>&, const float*,
                                  const LatentPrior<float>&, double, const TensorView<float>&);
template double LatentBits<double>(const TensorView<const double>&, const double*,
                                   const LatentPrior<double>&, double, const TensorView<double>&);
template void PriorProbabilities<float>(const float*, int, int, double*);
template void PriorProbabilities<double>(const double*, int, int, double*);

}  // namespace slim
