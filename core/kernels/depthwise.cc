// Depthwise convolution and its weight gradient: vectors run over channels, and several pixels of a
// row share what they read.
#include "core/kernels/axis_taps.h"
#include "core/kernels/isa_kernels.h"
#include "core/kernels/vec.h"

namespace slim {
namespace SLIM_ISA {
namespace {

constexpr int kPixels = 6;      // targets that are computed at once
constexpr int kTapsInARow = 3;  // taps whose gradients are summed at once

// The targets [first, last) of a row that read no padding through the kernel's columns
// [kw, kw + taps), of a geometry that is not transposed.
void InsideRange(const ConvGeometry& g, int64_t kw, int64_t taps, int64_t* first, int64_t* last) {
  const int64_t need = g.padding - kw, room = g.source_w - taps - kw + g.padding;
  *first = Min(need > 0 ? (need + g.stride - 1) / g.stride : 0, g.target_w);
  *last = Max(*first, Min(room < 0 ? 0 : room / g.stride + 1, g.target_w));
}

// P targets of a row, `apart` from each other, that read through the same taps. K, S: how many of
// them are beside each other, and the stride; 0 where there is no code for these numbers.
template <int P, int K, int S>
void Targets(const DepthwiseArgs<float>& a, const Taps& rows, const Taps& columns, int64_t target,
             int64_t apart) {
  const ConvGeometry& g = a.geometry;
  const Epilogue<float>& e = a.epilogue;
  const int64_t channels = a.channels, taps = K > 0 ? K : columns.count;
  const int64_t source_step = (S > 0 ? S : g.transposed ? 1 : g.stride) * channels;
  const int64_t tap_step = (S > 0 ? 1 : columns.s_step) * channels;
  const int64_t weight_step = columns.k_step * a.tap_pitch;
  const int64_t row_step = rows.s_step * g.source_w * channels;
  const int64_t weight_row_step = rows.k_step * g.kernel_w * a.tap_pitch;
  const Vec low = Splat(e.clamp.low), high = Splat(e.clamp.high);
  const float* source = a.source + (rows.s * g.source_w + columns.s) * channels;
  const float* weights = a.weight + (rows.k * g.kernel_w + columns.k) * a.tap_pitch;
  for (int64_t c = 0; c < channels; c += kLanes) {
    const int64_t lanes = channels - c;
    Vec sums[P] = {};
    for (int64_t i = 0; i < rows.count; ++i) {
      const float* x = source + i * row_step + c;
      const float* weight = weights + i * weight_row_step + c;
      if (lanes >= kLanes) {
#pragma GCC unroll 3
        for (int64_t k = 0; k < taps; ++k) {
          const Vec w = Load(weight + k * weight_step);
#pragma GCC unroll 8
          for (int p = 0; p < P; ++p) sums[p] += Load(x + k * tap_step + p * source_step) * w;
        }
      } else {
        for (int64_t k = 0; k < taps; ++k) {
          const Vec w = LoadUpTo(weight + k * weight_step, lanes);
#pragma GCC unroll 8
          for (int p = 0; p < P; ++p) {
            sums[p] += LoadUpTo(x + k * tap_step + p * source_step, lanes) * w;
          }
        }
      }
    }
    const Vec scale = e.scale == nullptr ? Splat(1) : LoadUpTo(e.scale + c, lanes);
    const Vec bias = e.bias == nullptr ? Splat(0) : LoadUpTo(e.bias + c, lanes);
#pragma GCC unroll 8
    for (int p = 0; p < P; ++p) {
      const int64_t offset = (target + p * apart) * channels + c;
      Vec value = sums[p] * scale + bias;
      if (e.residual != nullptr) value += LoadUpTo(e.residual + offset, lanes);
      value = Limit(value, low, high);
      if (a.accumulate) value += LoadUpTo(a.target + offset, lanes);
      StoreUpTo(a.target + offset, value, lanes);
    }
  }
}

// A column of such groups: what two rows of targets both read is still in the first-level cache.
template <int P>
void Column(const DepthwiseArgs<float>& a, const Taps& columns, int64_t w, int64_t apart,
            int64_t row_begin, int64_t row_end) {
  const ConvGeometry& g = a.geometry;
  const bool three = columns.count == 3 && !g.transposed;
  for (int64_t h = row_begin; h < row_end; ++h) {
    const Taps rows(g, h, g.kernel_h, g.source_h);
    const int64_t target = h * g.target_w + w;
    if (three && g.stride == 1) {
      Targets<P, 3, 1>(a, rows, columns, target, apart);
    } else if (three && g.stride == 2) {
      Targets<P, 3, 2>(a, rows, columns, target, apart);
    } else {
      Targets<P, 0, 0>(a, rows, columns, target, apart);
    }
  }
}

// Whether the targets w and `last`, and all between them, read through the same taps.
bool SameTaps(const ConvGeometry& g, const Taps& of_w, int64_t last) {
  if (last >= g.target_w) return false;
  const Taps of_last(g, last, g.kernel_w, g.source_w);
  return of_last.k == of_w.k && of_last.count == of_w.count;
}

// The gradients of K taps beside each other, from column kw of the kernel on, summed over a row of
// targets; `x` is the row that they read. S: stride, 0 for others.
template <int K, int S>
void AddRow(const ConvGeometry& g, const float* x, const float* dy, int64_t channels, int64_t kw,
            float* gradient) {
  const int64_t step = (S > 0 ? S : g.stride) * channels;
  const float* origin = x + (kw - g.padding) * channels;  // what target 0 reads through tap 0
  int64_t inside, inside_end;
  InsideRange(g, kw, K, &inside, &inside_end);
  if (g.transposed) inside = inside_end = 0;
  for (int64_t c = 0; c < channels; c += kLanes) {
    const int64_t lanes = channels - c;
    Vec even[K] = {}, odd[K] = {};
    const auto add_targets = [&](int64_t w, int64_t end) {
      for (; w < end; ++w) {
        const Vec d = LoadUpTo(dy + w * channels + c, lanes);
        const Taps columns(g, w, g.kernel_w, g.source_w);
#pragma GCC unroll 4
        for (int k = 0; k < K; ++k) {
          const int64_t steps = kw + k - columns.k, j = steps / columns.k_step;
          if (steps < 0 || j * columns.k_step != steps || j >= columns.count) continue;
          even[k] += LoadUpTo(x + (columns.s + j * columns.s_step) * channels + c, lanes) * d;
        }
      }
    };
    add_targets(0, inside);
    int64_t w = inside;
    for (; w + 2 <= inside_end && lanes >= kLanes; w += 2) {
      const Vec d0 = Load(dy + w * channels + c), d1 = Load(dy + (w + 1) * channels + c);
      const float* from = origin + w * step + c;
#pragma GCC unroll 4
      for (int k = 0; k < K; ++k) {
        even[k] += Load(from + k * channels) * d0;
        odd[k] += Load(from + step + k * channels) * d1;
      }
    }
    add_targets(w, g.target_w);
#pragma GCC unroll 4
    for (int k = 0; k < K; ++k) {
      float* to = gradient + k * channels + c;
      StoreUpTo(to, LoadUpTo(to, lanes) + (even[k] + odd[k]), lanes);
    }
  }
}

}  // namespace

void Depthwise(const DepthwiseArgs<float>& args, int64_t row_begin, int64_t row_end) {
  DepthwiseArgs<float> a = args;
  ConvGeometry& g = a.geometry;
  if (g.transposed && g.stride == 1 && g.kernel_h == g.kernel_w) {
    // s = t + padding - k: the same convolution with the taps turned round.
    g.transposed = false;
    g.padding = g.kernel_w - 1 - g.padding;
    a.weight += (g.taps() - 1) * a.tap_pitch;
    a.tap_pitch = -a.tap_pitch;
  }
  // Of a transposed convolution, targets a stride apart read through the same taps.
  const int64_t apart = g.transposed ? g.stride : 1;
  for (int64_t first = 0; first < apart; ++first) {
    for (int64_t w = first; w < g.target_w;) {
      const Taps columns(g, w, g.kernel_w, g.source_w);
      if (SameTaps(g, columns, w + (kPixels - 1) * apart)) {
        Column<kPixels>(a, columns, w, apart, row_begin, row_end);
        w += kPixels * apart;
      } else if (SameTaps(g, columns, w + apart)) {
        Column<2>(a, columns, w, apart, row_begin, row_end);
        w += 2 * apart;
      } else {
        Column<1>(a, columns, w, apart, row_begin, row_end);
        w += apart;
      }
    }
  }
}

void DepthwiseWeightGrad(const ConvGeometry& g, const float* x, const float* dy, int64_t channels,
                         float* gradient) {
  for (int64_t h = 0; h < g.target_h; ++h) {
    const float* dy_row = dy + h * g.target_w * channels;
    const Taps rows(g, h, g.kernel_h, g.source_h);
    for (int64_t i = 0; i < rows.count; ++i) {
      const float* x_row = x + (rows.s + i * rows.s_step) * g.source_w * channels;
      float* taps = gradient + (rows.k + i * rows.k_step) * g.kernel_w * channels;
      int64_t kw = 0;
      for (; kw + kTapsInARow <= g.kernel_w; kw += kTapsInARow) {
        float* to = taps + kw * channels;
        if (g.stride == 1) {
          AddRow<kTapsInARow, 1>(g, x_row, dy_row, channels, kw, to);
        } else {
          AddRow<kTapsInARow, 0>(g, x_row, dy_row, channels, kw, to);
        }
      }
      for (; kw < g.kernel_w; ++kw) {
        AddRow<1, 0>(g, x_row, dy_row, channels, kw, taps + kw * channels);
      }
    }
  }
}

}  // namespace SLIM_ISA
}  // namespace slim
