// dx = s * dy,  ds = sum over the pixels of the image of x * dy.
#include "core/parallel.h"
#include "layers/multiply.h"

namespace slim {
namespace {

constexpr int64_t kStrip = 64;  // channels summed at a time, in double

template <class T>
void InputGrad(const BackwardArgs<T>& a) {
  const Shape& x = a.output.shape;
  const int64_t pixels = x.h() * x.w(), channels = x.c();
  ParallelFor(x.pixels(), 64, [&](int64_t begin, int64_t end, int) {
    for (int64_t p = begin; p < end; ++p) {
      const T* s = a.inputs[1].data + p / pixels * channels;
      const T* dy = a.grad_output.data + p * channels;
      T* dx = a.grad_inputs[0].data + p * channels;
      for (int64_t c = 0; c < channels; ++c) {
        const T value = s[c] * dy[c];
        dx[c] = a.accumulate[0] ? dx[c] + value : value;
      }
    }
  });
}

template <class T>
void FactorGrad(const BackwardArgs<T>& a) {
  const Shape& x = a.output.shape;
  const int64_t pixels = x.h() * x.w(), channels = x.c();
  const int64_t strips = (channels + kStrip - 1) / kStrip;
  ParallelFor(x.n() * strips, 1, [&](int64_t begin, int64_t end, int) {
    for (int64_t item = begin; item < end; ++item) {
      const int64_t n = item / strips, first = item % strips * kStrip;
      const int64_t count = channels - first < kStrip ? channels - first : kStrip;
      double sum[kStrip] = {};
      for (int64_t p = n * pixels; p < (n + 1) * pixels; ++p) {
        const T* from = a.inputs[0].data + p * channels + first;
        const T* dy = a.grad_output.data + p * channels + first;
        for (int64_t c = 0; c < count; ++c) sum[c] += static_cast<double>(from[c]) * dy[c];
      }
      T* ds = a.grad_inputs[1].data + n * channels + first;
      for (int64_t c = 0; c < count; ++c) {
        ds[c] = static_cast<T>(a.accumulate[1] ? ds[c] + sum[c] : sum[c]);
      }
    }
  });
}

}  // namespace

template <class T>
void Multiply::Backward(const BackwardArgs<T>& a) const {
  if (a.grad_inputs[0]) InputGrad(a);
  if (a.grad_inputs[1]) FactorGrad(a);
}

SLIM_INSTANTIATE_BACKWARD(Multiply);

}  // namespace slim
