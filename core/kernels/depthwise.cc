// Depthwise convolution: vectors run over channels, and several targets of a row share what they
// read.
#include "core/kernels/depthwise_3x3.h"
#include "core/kernels/isa_kernels.h"
#include "core/kernels/vec.h"

namespace slim {
namespace SLIM_ISA {
namespace {

constexpr int kPixels = 6;  // targets that the general loops compute at once

// What becomes of the sum of some channels of one target.
inline void Finish(const DepthwiseArgs<Scalar>& a, Vec sum, int64_t target, int64_t c,
                   int64_t lanes) {
  const Epilogue<Scalar>& e = a.epilogue;
  const int64_t offset = target * a.channels + c;
  const Vec scale = e.scale == nullptr ? Splat(1) : LoadUpTo(e.scale + c, lanes);
  const Vec bias = e.bias == nullptr ? Splat(0) : LoadUpTo(e.bias + c, lanes);
  Vec value = sum * scale + bias;
  if (e.residual != nullptr) value += LoadUpTo(e.residual + offset, lanes);
  value = Limit(value, Splat(e.clamp.low), Splat(e.clamp.high));
  if (a.accumulate) value += LoadUpTo(a.target + offset, lanes);
  StoreUpTo(a.target + offset, value, lanes);
}

// The first `channels` channels of P targets of a row, `apart` from each other, that read through
// the same taps.
template <int P>
void Targets(const DepthwiseArgs<Scalar>& a, const Taps& rows, const Taps& columns, int64_t target,
             int64_t apart, int64_t channels) {
  const ConvGeometry& g = a.geometry;
  const int64_t source_step = (g.transposed ? 1 : g.stride) * a.channels;
  const int64_t row_step = rows.s_step * g.source_w * a.channels;
  const int64_t weight_row_step = rows.k_step * g.kernel_w * a.tap_pitch;
  const Scalar* source = a.source + (rows.s * g.source_w + columns.s) * a.channels;
  const float* weights = a.weight + (rows.k * g.kernel_w + columns.k) * a.tap_pitch;
  for (int64_t c = 0; c < channels; c += kLanes) {
    const int64_t lanes = channels - c;
    Vec sums[P] = {};
    for (int64_t i = 0; i < rows.count; ++i) {
      for (int64_t k = 0; k < columns.count; ++k) {
        const Scalar* x = source + i * row_step + k * columns.s_step * a.channels + c;
        const float* weight = weights + i * weight_row_step + k * columns.k_step * a.tap_pitch + c;
        const Vec w = LoadUpTo(weight, lanes);
#pragma GCC unroll 8
        for (int p = 0; p < P; ++p) sums[p] += LoadUpTo(x + p * source_step, lanes) * w;
      }
    }
#pragma GCC unroll 8
    for (int p = 0; p < P; ++p) Finish(a, sums[p], target + p * apart, c, lanes);
  }
}

// A column of such groups: what two rows of targets both read is still in the first-level cache.
template <int P>
void Column(const DepthwiseArgs<Scalar>& a, const Taps& columns, int64_t w, int64_t apart,
            int64_t channels, int64_t row_begin, int64_t row_end) {
  const ConvGeometry& g = a.geometry;
  for (int64_t h = row_begin; h < row_end; ++h) {
    const Taps rows(g, h, g.kernel_h, g.source_h);
    Targets<P>(a, rows, columns, h * g.target_w + w, apart, channels);
  }
}

// Whether the targets w and `last`, and all between them, read through the same taps.
bool SameTaps(const ConvGeometry& g, const Taps& of_w, int64_t last) {
  if (last >= g.target_w) return false;
  const Taps of_last(g, last, g.kernel_w, g.source_w);
  return of_last.k == of_w.k && of_last.count == of_w.count;
}

// Any kernel.
void Rows(const DepthwiseArgs<Scalar>& a, int64_t channels, int64_t row_begin, int64_t row_end) {
  const ConvGeometry& g = a.geometry;
  // Of a transposed convolution, targets a stride apart read through the same taps.
  const int64_t apart = g.transposed ? g.stride : 1;
  for (int64_t first = 0; first < apart; ++first) {
    for (int64_t w = first; w < g.target_w;) {
      const Taps columns(g, w, g.kernel_w, g.source_w);
      if (SameTaps(g, columns, w + (kPixels - 1) * apart)) {
        Column<kPixels>(a, columns, w, apart, channels, row_begin, row_end);
        w += kPixels * apart;
      } else if (SameTaps(g, columns, w + apart)) {
        Column<2>(a, columns, w, apart, channels, row_begin, row_end);
        w += 2 * apart;
      } else {
        Column<1>(a, columns, w, apart, channels, row_begin, row_end);
        w += apart;
      }
    }
  }
}

// A 3x3 kernel with the channels in the outer place, [channels / kLanes][9][kLanes], so that a loop
// over channels needs one pointer for all taps.
struct Taps3x3 {
  alignas(64) float v[9 * kMostChannels];

  Taps3x3(const DepthwiseArgs<Scalar>& a, int64_t channels) {
    for (int64_t c = 0; c < channels; c += kLanes) {
      for (int tap = 0; tap < 9; ++tap) {
        Store(v + 9 * c + tap * kLanes, Load(a.weight + tap * a.tap_pitch + c));
      }
    }
  }
};

// P targets beside each other, stride S, that read R source rows, and as many below them where
// there are two rows of targets; `weight` are the taps of the first row.
template <int P, int S, int R>
__attribute__((noinline)) void Group(const DepthwiseArgs<Scalar>& a, Columns<P, S> source,
                                     const float* weight, int64_t target, int64_t channels) {
  constexpr int kRows = kTargetRows<S, R>;
  const int64_t pitch = a.channels, target_w = a.geometry.target_w;
  const float* const scales = a.epilogue.scale;
  const float* const biases = a.epilogue.bias;
  const Vec low = Splat(a.epilogue.clamp.low), high = Splat(a.epilogue.clamp.high);
  const bool plain = a.epilogue.residual == nullptr && !a.accumulate;
  for (int64_t c = 0; c < channels; c += kLanes, weight += 9 * kLanes) {
    source.HidePitches();
    if (a.in_memory) {
      Fetch<kRows * S, P * S, false>(source.Next(R - kRows * S) + c, source.row_pitch, pitch);
      Fetch<kRows, P, true>(a.target + (target + P) * pitch + c, target_w * pitch, pitch);
    }
    Vec sums[kRows][P] = {};
#pragma GCC unroll 8
    for (int i = 0; i < R; ++i) {
#pragma GCC unroll 16
      for (int j = 0; j < Columns<P, S>::kCount; ++j) {
        const Vec v = Load(source.At(i, j) + c);
#pragma GCC unroll 2
        for (int row = 0; row < kRows; ++row) {
          const int tap_row = i - row * S;
          if (tap_row < 0 || tap_row > 2) continue;
#pragma GCC unroll 8
          for (int p = 0; p < P; ++p) {
            const int tap = j - p * S;
            if (tap < 0 || tap > 2) continue;
            sums[row][p] += v * Load(weight + (3 * tap_row + tap) * kLanes);
          }
        }
      }
    }
    const Vec scale = scales == nullptr ? Splat(1) : Load(scales + c);
    const Vec bias = biases == nullptr ? Splat(0) : Load(biases + c);
#pragma GCC unroll 2
    for (int row = 0; row < kRows; ++row) {
      const int64_t first = target + row * target_w;
#pragma GCC unroll 8
      for (int p = 0; p < P; ++p) {
        if (plain) {
          Store(a.target + (first + p) * pitch + c, Limit(sums[row][p] * scale + bias, low, high));
        } else {
          Finish(a, sums[row][p], first + p, c, kLanes);
        }
      }
    }
  }
}

// Whole vectors of at most kMostChannels channels.
template <int S>
void Rows3x3(const DepthwiseArgs<Scalar>& a, int64_t channels, int64_t row_begin, int64_t row_end) {
  const ConvGeometry& g = a.geometry;
  const Taps3x3 taps(a, channels);
  Walk3x3<S>(
      g, row_begin, row_end,
      [&](auto targets, auto row_count, const Taps& rows, int64_t h, int64_t w) {
        constexpr int kTargets = decltype(targets)::value;
        const Columns<kTargets, S> source(g, a.source, a.channels, rows.s, w);
        Group<kTargets, S, decltype(row_count)::value>(a, source, taps.v + rows.k * 3 * kLanes,
                                                       h * g.target_w + w, channels);
      },
      [&](int64_t h, int64_t w) {
        Targets<1>(a, Taps(g, h, 3, g.source_h), Taps(g, w, 3, g.source_w), h * g.target_w + w, 1,
                   channels);
      });
}

// The same of the channels from `first` on; a.channels stays the distance of two pixels.
DepthwiseArgs<Scalar> ChannelsFrom(const DepthwiseArgs<Scalar>& a, int64_t first) {
  DepthwiseArgs<Scalar> rest = a;
  rest.source += first;
  rest.weight += first;
  rest.target += first;
  if (a.epilogue.scale != nullptr) rest.epilogue.scale += first;
  if (a.epilogue.bias != nullptr) rest.epilogue.bias += first;
  if (a.epilogue.residual != nullptr) rest.epilogue.residual += first;
  return rest;
}

}  // namespace

void Depthwise(const DepthwiseArgs<Scalar>& args, int64_t row_begin, int64_t row_end) {
  DepthwiseArgs<Scalar> a = args;
  ConvGeometry& g = a.geometry;
  if (g.transposed && g.stride == 1 && g.kernel_h == g.kernel_w) {
    // s = t + padding - k: the same convolution with the taps turned round.
    g.transposed = false;
    g.padding = g.kernel_w - 1 - g.padding;
    a.weight += (g.taps() - 1) * a.tap_pitch;
    a.tap_pitch = -a.tap_pitch;
  }
  const int64_t whole = Is3x3(g) ? a.channels / kLanes * kLanes : 0;
  for (int64_t done = 0; done < whole; done += kMostChannels) {
    const int64_t channels = Min(whole - done, kMostChannels);
    if (g.stride == 1) {
      Rows3x3<1>(ChannelsFrom(a, done), channels, row_begin, row_end);
    } else {
      Rows3x3<2>(ChannelsFrom(a, done), channels, row_begin, row_end);
    }
  }
  if (whole < a.channels) Rows(ChannelsFrom(a, whole), a.channels - whole, row_begin, row_end);
}

}  // namespace SLIM_ISA
}  // namespace slim
