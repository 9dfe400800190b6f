#include "layers/global_avg_pool.h"

#include "core/parallel.h"

namespace slim {
namespace {

// So many channels are summed at once, in registers.
constexpr int64_t kStrip = 16;

// y[c] = mean over pixels of x[pixel][c], for `count` <= kStrip channels.
template <class T>
void MeanOf(const T* x, int64_t pixels, int64_t pitch, int64_t count, T* y) {
  T sums[kStrip] = {};
  if (count == kStrip) {
    for (int64_t p = 0; p < pixels; ++p, x += pitch) {
      for (int64_t c = 0; c < kStrip; ++c) sums[c] += x[c];
    }
  } else {
    for (int64_t p = 0; p < pixels; ++p, x += pitch) {
      for (int64_t c = 0; c < count; ++c) sums[c] += x[c];
    }
  }
  for (int64_t c = 0; c < count; ++c) y[c] = sums[c] / static_cast<T>(pixels);
}

}  // namespace

Status GlobalAvgPool::Infer(Inference& i) const {
  SLIM_RETURN_IF_ERROR(ExpectInputs(i, 1));
  i.output = Shape(i.inputs[0].n(), 1, 1, i.inputs[0].c());
  return OkStatus();
}

template <class T>
void GlobalAvgPool::Forward(const ForwardArgs<T>& a) const {
  const Shape& x = a.inputs[0].shape;
  const int64_t pixels = x.h() * x.w(), channels = x.c();
  ParallelFor(x.n(), 8, [&](int64_t begin, int64_t end, int) {
    for (int64_t n = begin; n < end; ++n) {
      T* y = a.output.data + n * channels;
      const T* x_n = a.inputs[0].data + n * pixels * channels;
      int64_t c = 0;
      for (; c + kStrip <= channels; c += kStrip) {
        MeanOf(x_n + c, pixels, channels, kStrip, y + c);
      }
      MeanOf(x_n + c, pixels, channels, channels - c, y + c);
    }
  });
}

SLIM_INSTANTIATE_FORWARD(GlobalAvgPool);

}  // namespace slim
