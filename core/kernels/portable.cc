// Every kernel as plain loops that read like the formula: the oracle of the fast ones, and the only
// one for double.
#include <math.h>

#include "core/kernels/portable_epilogue.h"
#include "core/kernels/portable_taps.h"
#include "core/kernels/portable_weight_layout.h"
#include "core/kernels/portable_winograd.h"

namespace slim {
namespace {

template <class T>
void GatherConv(const GatherConvArgs<T>& a, int64_t begin, int64_t end) {
  const int tile = a.table.tile;
  for (int64_t item = begin; item < end; ++item) {
    const int64_t image = item / a.table.tiles, i = item % a.table.tiles;
    const T* source = a.source + image * a.source_image_pitch;
    for (int j = 0; j < tile; ++j) {
      const int32_t pixel = a.table.target[i * tile + j];
      if (pixel < 0) continue;
      const int64_t offset = image * a.target_image_pitch + pixel * a.target_pixel_pitch;
      T* target = a.target + offset;
      for (int64_t o = 0; o < a.outputs; ++o) {
        const Real<T>* weight = a.packed + o / kBlock * a.block_pitch + o % kBlock;
        Real<T> sum = 0;
        for (int32_t r = a.table.first[i]; r < a.table.first[i + 1]; ++r) {
          const int32_t* record = a.table.entries + static_cast<int64_t>(r) * (1 + tile);
          if (record[1 + j] < 0) continue;
          const T* x = source + record[1 + j];
          const Real<T>* w = weight + (record[0] & kTapMask) * a.tap_pitch;
          const int64_t count = a.channels * (1 + (record[0] >> kTapBits));
          for (int64_t c = 0; c < count; ++c) sum += x[c] * w[c * kBlock];
        }
        sum = Finish(a.epilogue, sum, o, offset + o);
        target[o] = a.accumulate ? target[o] + sum : sum;
      }
    }
  }
}

template <class T>
void PlanarConv(const PlanarConvArgs<T>& a, int64_t begin, int64_t end) {
  const ConvGeometry& g = a.geometry;
  for (int64_t item = begin; item < end; ++item) {
    const int64_t image = item / g.target_h, h = item % g.target_h;
    const T* source = a.source + image * a.source_image_pitch;
    for (int64_t w = 0; w < g.target_w; ++w) {
      const int64_t offset =
          image * a.target_image_pitch + (h * g.target_w + w) * a.target_pixel_pitch;
      for (int64_t o = 0; o < a.outputs; ++o) {
        const Real<T>* weight = a.packed + o;
        Real<T> sum = 0;
        ForEachTap(g, h, w, [&](int64_t tap, int64_t pixel) {
          const T* x = source + pixel * a.source_pixel_pitch;
          for (int64_t c = 0; c < a.channels; ++c) {
            sum += x[c] * weight[tap * a.tap_pitch + c * kBlock];
          }
        });
        sum = Finish(a.epilogue, sum, o, offset + o);
        T& target = a.target[offset + o];
        target = a.accumulate ? target + sum : sum;
      }
    }
  }
}

template <class T>
void ConvWeightGrad(const ConvWeightGradArgs<T>& a, int64_t image_begin, int64_t image_end) {
  const ConvGeometry& g = a.geometry;
  const int64_t row = RoundUpToBlock(a.outputs);
  for (int64_t image = image_begin; image < image_end; ++image) {
    for (int64_t k = 0; k < g.taps(); ++k) {
      for (int64_t p = 0; p < g.targets(); ++p) {
        const int64_t h = p / g.target_w * g.stride - g.padding + k / g.kernel_w;
        const int64_t w = p % g.target_w * g.stride - g.padding + k % g.kernel_w;
        if (h < 0 || h >= g.source_h || w < 0 || w >= g.source_w) continue;
        const T* x = a.x + image * a.x_image_pitch + (h * g.source_w + w) * a.x_pixel_pitch;
        const T* dy = a.dy + image * a.dy_image_pitch + p * a.dy_pixel_pitch;
        for (int64_t i = 0; i < a.channels; ++i) {
          Real<T>* gradient = a.gradient + (k * a.channels + i) * row;
          for (int64_t o = 0; o < a.outputs; ++o) gradient[o] += x[i] * dy[o];
        }
      }
    }
  }
}

template <class T>
void Gemm(const GemmArgs<T>& a) {
  for (int64_t i = 0; i < a.m; ++i) {
    for (int64_t j = 0; j < a.n; ++j) {
      T sum = 0;
      for (int64_t k = 0; k < a.k; ++k) {
        sum += (a.transpose_a ? a.a[k * a.a_pitch + i] : a.a[i * a.a_pitch + k]) *
               (a.transpose_b ? a.b[j * a.b_pitch + k] : a.b[k * a.b_pitch + j]);
      }
      T& c = a.c[i * a.c_pitch + j];
      c = a.accumulate ? c + sum : sum;
    }
  }
}

template <class T>
void Depthwise(const DepthwiseArgs<T>& a, int64_t row_begin, int64_t row_end) {
  const ConvGeometry& g = a.geometry;
  for (int64_t h = row_begin; h < row_end; ++h) {
    for (int64_t w = 0; w < g.target_w; ++w) {
      const int64_t offset = (h * g.target_w + w) * a.channels;
      T* target = a.target + offset;
      for (int64_t c = 0; c < a.channels; ++c) {
        Real<T> sum = 0;
        ForEachTap(g, h, w, [&](int64_t tap, int64_t pixel) {
          sum += a.source[pixel * a.channels + c] * a.weight[tap * a.tap_pitch + c];
        });
        sum = Finish(a.epilogue, sum, c, offset + c);
        target[c] = a.accumulate ? target[c] + sum : sum;
      }
    }
  }
}

template <class T>
void DepthwiseWeightGrad(const ConvGeometry& g, const T* x, const T* dy, int64_t channels,
                         bool /*in_memory*/, Real<T>* gradient) {
  for (int64_t p = 0; p < g.targets(); ++p) {
    ForEachTap(g, p / g.target_w, p % g.target_w, [&](int64_t tap, int64_t pixel) {
      for (int64_t c = 0; c < channels; ++c) {
        gradient[tap * channels + c] += x[pixel * channels + c] * dy[p * channels + c];
      }
    });
  }
}

template <class T>
void ChannelMoments(const T* x, int64_t pixels, int64_t channels, const Real<T>* shift, double* sum,
                    double* squares) {
  for (int64_t p = 0; p < pixels; ++p) {
    for (int64_t c = 0; c < channels; ++c) {
      const double d = static_cast<double>(x[p * channels + c]) - shift[c];
      sum[c] += d;
      squares[c] += d * d;
    }
  }
}

template <class T>
void ChannelSums(const T* x, int64_t pixels, int64_t channels, double* sum) {
  for (int64_t p = 0; p < pixels; ++p) {
    for (int64_t c = 0; c < channels; ++c) sum[c] += static_cast<double>(x[p * channels + c]);
  }
}

template <class T>
void ChannelAffine(const T* x, int64_t pixels, int64_t channels, const Real<T>* scale,
                   const Real<T>* bias, Clamp<Real<T>> clamp, T* y) {
  for (int64_t p = 0; p < pixels; ++p) {
    for (int64_t c = 0; c < channels; ++c) {
      y[p * channels + c] = Limit(x[p * channels + c] * scale[c] + bias[c], clamp);
    }
  }
}

template <class R>
R SwishOf(R x) {
  return x / (R{1} + static_cast<R>(exp(-x)));
}

template <class T>
void Swish(const T* x, int64_t count, T* y) {
  for (int64_t i = 0; i < count; ++i) y[i] = SwishOf(Real<T>{x[i]});
}

template <class T>
void ChannelAffineSwish(const T* x, int64_t pixels, int64_t channels, const Real<T>* scale,
                        const Real<T>* bias, T* y) {
  for (int64_t i = 0; i < pixels * channels; ++i) {
    y[i] = SwishOf(x[i] * scale[i % channels] + bias[i % channels]);
  }
}

template <class T>
Real<T> Masked(const MaskedGrad<T>& a, int64_t i, int64_t c) {
  if (a.scale == nullptr) return a.dy[i];
  const Real<T> y = a.x[i] * a.scale[c] + a.shift[c];
  return y > a.clamp.low && y < a.clamp.high ? Real<T>{a.dy[i]} : Real<T>{0};
}

template <class T>
void ChannelGradSums(const MaskedGrad<T>& a, int64_t pixels, int64_t channels, const Real<T>* mean,
                     double* sum, double* sum_x) {
  for (int64_t p = 0; p < pixels; ++p) {
    for (int64_t c = 0; c < channels; ++c) {
      const double g = Masked(a, p * channels + c, c);
      sum[c] += g;
      sum_x[c] += g * (static_cast<double>(a.x[p * channels + c]) - mean[c]);
    }
  }
}

template <class T>
void ChannelGradApply(const MaskedGrad<T>& in, int64_t pixels, int64_t channels, const Real<T>* a,
                      const Real<T>* b, const Real<T>* mean, const Real<T>* constant,
                      bool accumulate, T* dx) {
  for (int64_t p = 0; p < pixels; ++p) {
    for (int64_t c = 0; c < channels; ++c) {
      const int64_t i = p * channels + c;
      Real<T> value = a[c] * Masked(in, i, c);
      if (b != nullptr) value += b[c] * (in.x[i] - mean[c]) + constant[c];
      dx[i] = accumulate ? dx[i] + value : value;
    }
  }
}

template <class T>
void Add(const T* a, const T* b, int64_t count, Clamp<Real<T>> clamp, T* y) {
  for (int64_t i = 0; i < count; ++i) y[i] = Limit(Real<T>{a[i]} + b[i], clamp);
}

template <class T>
void ClampGrad(const T* y, const T* dy, int64_t count, Clamp<Real<T>> clamp, bool accumulate,
               T* dx) {
  for (int64_t i = 0; i < count; ++i) {
    const bool inside = y[i] > clamp.low && y[i] < clamp.high;
    const Real<T> value = inside ? Real<T>{dy[i]} : Real<T>{0};
    dx[i] = accumulate ? dx[i] + value : value;
  }
}

template <class From, class To>
void Convert(const From* x, int64_t count, bool accumulate, To* y) {
  for (int64_t i = 0; i < count; ++i) {
    const Real<To> value = x[i];
    y[i] = accumulate ? y[i] + value : value;
  }
}

template <class T>
void Maximum(const T* x, int64_t count, T* y) {
  for (int64_t i = 0; i < count; ++i) y[i] = x[i] <= y[i] || y[i] != y[i] ? y[i] : x[i];
}

template <class T>
void Sigmoid(const T* x, int64_t count, T* y) {
  for (int64_t i = 0; i < count; ++i) {
    y[i] = Real<T>{1} / (Real<T>{1} + static_cast<Real<T>>(exp(-x[i])));
  }
}

}  // namespace

template <class T>
const Kernels<T>& PortableKernels() {
  static constexpr Kernels<T> kTable = {"portable",
                                        4,
                                        GatherConv<T>,
                                        ConvWeightGrad<T>,
                                        PlanarConv<T>,
                                        WinogradConv<T>,
                                        WinogradWeightGrad<T>,
                                        PackWeights<Real<T>>,
                                        AddWeightSums<Real<T>>,
                                        Gemm<Real<T>>,
                                        Gemm<Real<T>>,
                                        Depthwise<T>,
                                        DepthwiseWeightGrad<T>,
                                        ChannelMoments<T>,
                                        ChannelSums<T>,
                                        ChannelAffine<T>,
                                        ChannelAffineSwish<T>,
                                        ChannelGradSums<T>,
                                        ChannelGradApply<T>,
                                        Add<T>,
                                        ClampGrad<T>,
                                        Convert<T, Real<T>>,
                                        Convert<Real<T>, T>,
                                        Maximum<T>,
                                        Sigmoid<T>,
                                        Swish<T>};
  return kTable;
}

template const Kernels<float>& PortableKernels<float>();
template const Kernels<double>& PortableKernels<double>();
template const Kernels<Bf16>& PortableKernels<Bf16>();

}  // namespace slim
