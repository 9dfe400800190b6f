// The activations as layers of their own: y = f(x) for each number alone.
//
// ReLU and ReLU6 behind a convolution, batch norm or add cost no pass over memory as that layer's
// Activation (activation.h); the layers here are for every other place.
#ifndef SLIMSPLIT_LAYERS_ACTIVATIONS_H_
#define SLIMSPLIT_LAYERS_ACTIVATIONS_H_

#include <math.h>

#include "layers/layer.h"

namespace slim {

// The layer of a function of one number. x, y: any equal activation shapes.
//
// `Function` has the layer's name and fields, Judge (are the fields sane), Value(x), and Slope(x,
// y) = dy/dx; at a kink it is the slope of one of the two sides, as in PyTorch.
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

// A function without fields.
struct FieldlessFunction {
  void Fields(FieldVisitor&) {}
  Status Judge() const { return OkStatus(); }
};

// max(x, 0)
struct ReluFunction : FieldlessFunction {
  static constexpr const char* kName = "relu";
  template <class T>
  T Value(T x) const {
    return x < T{0} ? T{0} : x;
  }
  template <class T>
  T Slope(T x, T) const {
    return x > T{0} ? T{1} : T{0};
  }
};

// min(max(x, 0), 6)
struct Relu6Function : FieldlessFunction {
  static constexpr const char* kName = "relu6";
  template <class T>
  T Value(T x) const {
    return x < T{0} ? T{0} : x > T{6} ? T{6} : x;
  }
  template <class T>
  T Slope(T x, T) const {
    return x > T{0} && x < T{6} ? T{1} : T{0};
  }
};

// x where x > 0, slope * x elsewhere.
struct LeakyReluFunction {
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
  T Slope(T x, T) const {
    return x > T{0} ? T{1} : static_cast<T>(slope);
  }
};

// 1 / (1 + exp(-x))
struct SigmoidFunction : FieldlessFunction {
  static constexpr const char* kName = "sigmoid";
  template <class T>
  T Value(T x) const {
    return T{1} / (T{1} + static_cast<T>(exp(-x)));
  }
  template <class T>
  T Slope(T, T y) const {
    return y * (T{1} - y);
  }
};

// x * sigmoid(x), also called SiLU (Ramachandran et al., 2017).
struct SwishFunction : FieldlessFunction {
  static constexpr const char* kName = "swish";
  template <class T>
  T Value(T x) const {
    return x / (T{1} + static_cast<T>(exp(-x)));
  }
  template <class T>
  T Slope(T x, T y) const {
    const T sigmoid = SigmoidFunction().Value(x);
    return sigmoid + y * (T{1} - sigmoid);
  }
};

// x * relu6(x + 3) / 6 (Howard et al., MobileNetV3, 2019).
struct HardSwishFunction : FieldlessFunction {
  static constexpr const char* kName = "hard_swish";
  template <class T>
  T Value(T x) const {
    return x * Relu6Function().Value(x + T{3}) / T{6};
  }
  template <class T>
  T Slope(T x, T) const {
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
