// Depthwise convolution and its weight gradient: vectors run over channels.
#include "core/kernels/isa_kernels.h"
#include "core/kernels/vec.h"

namespace slim {
namespace SLIM_ISA {
namespace {

// Source index that target `t` reads through kernel index `k`, or -1.
inline int64_t SourceIndex(const ConvGeometry& g, int64_t t, int64_t k, int64_t size) {
  int64_t s = t * g.stride - g.padding + k;
  if (g.transposed) {
    const int64_t scaled = t + g.padding - k;
    if (scaled < 0 || scaled % g.stride != 0) return -1;
    s = scaled / g.stride;
  }
  return s < size ? s : -1;
}

}  // namespace

void Depthwise(const DepthwiseArgs<float>& a, int64_t row_begin, int64_t row_end) {
  const ConvGeometry& g = a.geometry;
  const Epilogue<float>& e = a.epilogue;
  const Vec low = Splat(e.clamp.low), high = Splat(e.clamp.high);
  for (int64_t h = row_begin; h < row_end; ++h) {
    for (int64_t w = 0; w < g.target_w; ++w) {
      const int64_t offset = (h * g.target_w + w) * a.channels;
      float* target = a.target + offset;
      for (int64_t c = 0; c < a.channels; c += kLanes) {
        const int64_t lanes = a.channels - c;
        Vec sum = {};
        for (int64_t kh = 0; kh < g.kernel_h; ++kh) {
          const int64_t sh = SourceIndex(g, h, kh, g.source_h);
          if (sh < 0) continue;
          for (int64_t kw = 0; kw < g.kernel_w; ++kw) {
            const int64_t sw = SourceIndex(g, w, kw, g.source_w);
            if (sw < 0) continue;
            sum += LoadUpTo(a.source + (sh * g.source_w + sw) * a.channels + c, lanes) *
                   LoadUpTo(a.weight + (kh * g.kernel_w + kw) * a.tap_pitch + c, lanes);
          }
        }
        if (e.scale != nullptr) sum *= LoadUpTo(e.scale + c, lanes);
        if (e.bias != nullptr) sum += LoadUpTo(e.bias + c, lanes);
        if (e.residual != nullptr) sum += LoadUpTo(e.residual + offset + c, lanes);
        sum = Limit(sum, low, high);
        if (a.accumulate) sum += LoadUpTo(target + c, lanes);
        StoreUpTo(target + c, sum, lanes);
      }
    }
  }
}

void DepthwiseWeightGrad(const ConvGeometry& g, const float* x, const float* dy, int64_t channels,
                         float* gradient) {
  for (int64_t c = 0; c < channels; c += kLanes) {
    const int64_t lanes = channels - c;
    for (int64_t kh = 0; kh < g.kernel_h; ++kh) {
      for (int64_t kw = 0; kw < g.kernel_w; ++kw) {
        Vec sum = {};
        for (int64_t h = 0; h < g.target_h; ++h) {
          const int64_t sh = SourceIndex(g, h, kh, g.source_h);
          if (sh < 0) continue;
          for (int64_t w = 0; w < g.target_w; ++w) {
            const int64_t sw = SourceIndex(g, w, kw, g.source_w);
            if (sw < 0) continue;
            sum += LoadUpTo(x + (sh * g.source_w + sw) * channels + c, lanes) *
                   LoadUpTo(dy + (h * g.target_w + w) * channels + c, lanes);
          }
        }
        float* to = gradient + (kh * g.kernel_w + kw) * channels + c;
        StoreUpTo(to, LoadUpTo(to, lanes) + sum, lanes);
      }
    }
  }
}

}  // namespace SLIM_ISA
}  // namespace slim
