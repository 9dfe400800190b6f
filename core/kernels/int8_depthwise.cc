// Depthwise convolution of bytes: vectors run over channels, and several pixels of a row share what
// they read.
#include "core/kernels/axis_taps.h"
#include "core/kernels/int8_isa.h"
#include "core/kernels/int8_vec.h"

namespace slim {
namespace SLIM_ISA {
namespace {

constexpr int kPixels = 6;  // targets that are computed at once

// P targets beside each other that read through the same taps. K, S: how many of them are in a row,
// and the stride; 0 where there is no code for these numbers.
template <int P, int K, int S>
void Targets(const Int8DepthwiseArgs& a, const Taps& rows, const Taps& columns, int64_t target) {
  const ConvGeometry& g = a.geometry;
  const int64_t channels = a.channels, taps = K > 0 ? K : columns.count;
  const int64_t source_step = (S > 0 ? S : g.stride) * channels;
  const int64_t tap_step = (S > 0 ? 1 : columns.s_step) * channels;
  const int64_t weight_step = columns.k_step * a.tap_pitch;
  const int64_t row_step = rows.s_step * g.source_w * channels;
  const int64_t weight_row_step = rows.k_step * g.kernel_w * a.tap_pitch;
  const int8_t* source = a.source + (rows.s * g.source_w + columns.s) * channels;
  const int8_t* weights = a.weight + (rows.k * g.kernel_w + columns.k) * a.tap_pitch;
  for (int64_t c = 0; c < channels; c += kLanes) {
    const int64_t lanes = channels - c;
    IntVec sums[P] = {};
    const auto add_taps = [&](auto load) {
      for (int64_t i = 0; i < rows.count; ++i) {
        const int8_t* x = source + i * row_step + c;
        const int8_t* weight = weights + i * weight_row_step + c;
#pragma GCC unroll 3
        for (int64_t k = 0; k < taps; ++k) {
          const auto w = WidenTap(load(weight + k * weight_step));
#pragma GCC unroll 8
          for (int p = 0; p < P; ++p) {
            const auto xp = WidenTap(load(x + k * tap_step + p * source_step)) - a.source_zero;
            sums[p] = AddTap(sums[p], xp, w);
          }
        }
      }
    };
    if (lanes >= kLanes) {
      add_taps(LoadAs<Bytes, int8_t>);
    } else {
      add_taps([lanes](const int8_t* from) { return LoadUpTo<Bytes>(from, lanes, int8_t{0}); });
    }
    const RequantVec requant(a.requantization, c, lanes);
#pragma GCC unroll 8
    for (int p = 0; p < P; ++p) {
      requant.Store(sums[p] + requant.bias, lanes, a.target + (target + p) * channels + c);
    }
  }
}

// The targets [w, w + P) of rows.
template <int P>
void Column(const Int8DepthwiseArgs& a, const Taps& columns, int64_t w, int64_t row_begin,
            int64_t row_end) {
  const ConvGeometry& g = a.geometry;
  const bool three = columns.count == 3 && !g.transposed;
  for (int64_t h = row_begin; h < row_end; ++h) {
    const Taps rows(g, h, g.kernel_h, g.source_h);
    const int64_t target = h * g.target_w + w;
    if (three && g.stride == 1) {
      Targets<P, 3, 1>(a, rows, columns, target);
    } else if (three && g.stride == 2) {
      Targets<P, 3, 2>(a, rows, columns, target);
    } else {
      Targets<P, 0, 0>(a, rows, columns, target);
    }
  }
}

}  // namespace

void Int8Depthwise(const Int8DepthwiseArgs& a, int64_t row_begin, int64_t row_end) {
  const ConvGeometry& g = a.geometry;
  for (int64_t w = 0; w < g.target_w;) {
    const Taps columns(g, w, g.kernel_w, g.source_w);
    const int64_t last = w + kPixels - 1;
    const Taps of_last(g, last, g.kernel_w, g.source_w);
    if (!g.transposed && last < g.target_w && columns.count == g.kernel_w &&
        of_last.count == g.kernel_w) {
      Column<kPixels>(a, columns, w, row_begin, row_end);
      w += kPixels;
    } else {
      Column<1>(a, columns, w, row_begin, row_end);
      ++w;
    }
  }
}

}  // namespace SLIM_ISA
}  // namespace slim
