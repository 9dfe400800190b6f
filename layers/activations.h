// The activations as layers of their own: y = f(x) for each number alone.
//
// ReLU and ReLU6 behind a convolution, batch norm or add cost no pass over memory as that layer's
// Activation (activation.h); the layers here are for every other place.
#ifndef SLIMSPLIT_LAYERS_ACTIVATIONS_H_
#define SLIMSPLIT_LAYERS_ACTIVATIONS_H_

#include <math.h>

#include "core/kernels/kernels.h"
#include "layers/layer.h"

namespace slim {

// The layer of a function of one number. x, y: any equal activation shapes.
//
// `Function` has the layer's name and fields, Judge (are the fields sane), Values(x, n, y): y =
// f(x), and Slopes(x, y, n, slope) = dy/dx, both of n <= kPointwiseRun numbers; at a kink it is the
// slope of one of the two sides, as in PyTorch.
template <class Function>
struct Pointwise {
  static constexpr const char* kName = Function::kName;

  Function function;

  void Fields(FieldVisitor& v) { function.Fields(v); }
  Status Infer(Inference& i) const;
  template <class T>
  void Forward(const ForwardArgs<T>& a) const;
  template <class T>
  void Backward(const BackwardArgs<T>& a) const;
};

inline constexpr int64_t kPointwiseRun = 256;
inline int64_t PointwiseRun(int64_t left) { return left < kPointwiseRun ? left : kPointwiseRun; }

// The verbs of a function that needs few operations: F has Value(x) and Slope(x).
template <class F>
struct CheapFunction {
  template <class T>
  void Values(const T* x, int64_t n, T* y) const {
    for (int64_t k = 0; k < n; ++k) y[k] = static_cast<const F&>(*this).Value(x[k]);
  }
  template <class T>
  void Slopes(const T* x, const T*, int64_t n, T* slope) const {
    for (int64_t k = 0; k < n; ++k) slope[k] = static_cast<const F&>(*this).Slope(x[k]);
  }
};

// A function without fields.
struct FieldlessFunction {
  void Fields(FieldVisitor&) {}
  Status Judge() const { return OkStatus(); }
};

// max(x, 0)
struct ReluFunction : FieldlessFunction, CheapFunction<ReluFunction> {
  static constexpr const char* kName = "relu";
  template <class T>
  T Value(T x) const {
    return x < T{0} ? T{0} : x;
  }
  template <class T>
  T Slope(T x) const {
    return x > T{0} ? T{1} : T{0};
  }
};

// min(max(x, 0), 6)
struct Relu6Function : FieldlessFunction, CheapFunction<Relu6Function> {
  static constexpr const char* kName = "relu6";
  template <class T>
  T Value(T x) const {
    return x < T{0} ? T{0} : x > T{6} ? T{6} : x;
  }
  template <class T>
  T Slope(T x) const {
    return x > T{0} && x < T{6} ? T{1} : T{0};
  }
};

// x where x > 0, slope * x elsewhere.
struct LeakyReluFunction : CheapFunction<LeakyReluFunction> {
  static constexpr const char* kName = "leaky_relu";

  float slope = 0.01f;

  void Fields(FieldVisitor& v) { v.Field("slope", slope); }
  Status Judge() const {
    return isfinite(slope) ? OkStatus() : Invalid("the slope must be finite");
  }
  template <class T>
  T Value(T x) const {
    return x > T{0} ? x : x * static_cast<T>(slope);
  }
  template <class T>
  T Slope(T x) const {
    return x > T{0} ? T{1} : static_cast<T>(slope);
  }
};

// 1 / (1 + exp(-x))
struct SigmoidFunction : FieldlessFunction {
  static constexpr const char* kName = "sigmoid";
  template <class T>
  void Values(const T* x, int64_t n, T* y) const {
    GetKernels<T>().sigmoid(x, n, y);
  }
  template <class T>
  void Slopes(const T*, const T* y, int64_t n, T* slope) const {
    for (int64_t k = 0; k < n; ++k) slope[k] = y[k] * (T{1} - y[k]);
  }
};

// x * sigmoid(x), also called SiLU (Ramachandran et al., 2017).
struct SwishFunction : FieldlessFunction {
  static constexpr const char* kName = "swish";
  template <class T>
  void Values(const T* x, int64_t n, T* y) const {
    GetKernels<T>().swish(x, n, y);
  }
  template <class T>
  void Slopes(const T* x, const T* y, int64_t n, T* slope) const {
    GetKernels<T>().sigmoid(x, n, slope);
    for (int64_t k = 0; k < n; ++k) slope[k] += y[k] * (T{1} - slope[k]);
  }
};

// x * relu6(x + 3) / 6 (Howard et al., MobileNetV3, 2019).
struct HardSwishFunction : FieldlessFunction, CheapFunction<HardSwishFunction> {
  static constexpr const char* kName = "hard_swish";
  template <class T>
  T Value(T x) const {
    return x * Relu6Function().Value(x + T{3}) / T{6};
  }
  template <class T>
  T Slope(T x) const {
    return x < T{-3} ? T{0} : x < T{3} ? x / T{3} + T{0.5} : T{1};
  }
};

using Relu = Pointwise<ReluFunction>;
using Relu6 = Pointwise<Relu6Function>;
using LeakyRelu = Pointwise<LeakyReluFunction>;
using Sigmoid = Pointwise<SigmoidFunction>;
using Swish = Pointwise<SwishFunction>;
using HardSwish = Pointwise<HardSwishFunction>;

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_ACTIVATIONS_H_
