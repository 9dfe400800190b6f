// Depthwise convolution of bytes: vectors run over channels.
#include "core/kernels/axis_taps.h"
#include "core/kernels/int8_isa.h"
#include "core/kernels/int8_vec.h"

namespace slim {
namespace SLIM_ISA {
namespace {

// The sums of V vectors of channels at one target pixel. Loads of fewer than kLanes channels only
// where V is 1.
template <int V, class Load>
inline void SumTaps(const Int8DepthwiseArgs& a, const Taps& rows, const Taps& columns,
                    const int8_t* source, const int8_t* weight, Load load, IntVec sums[V]) {
  const ConvGeometry& g = a.geometry;
  const int16_t zero = a.source_zero;
  for (int64_t i = 0; i < rows.count; ++i) {
    const int64_t pixel = (rows.s + i * rows.s_step) * g.source_w + columns.s;
    const int64_t tap = (rows.k + i * rows.k_step) * g.kernel_w + columns.k;
    const int8_t* x = source + pixel * a.channels;
    const int8_t* k = weight + tap * a.tap_pitch;
    for (int64_t j = 0; j < columns.count; ++j) {
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) {
        // At most 255 * 128, so within 16 bits.
        const Shorts products = (Widen(load(x + v * kLanes)) - zero) * Widen(load(k + v * kLanes));
        sums[v] += Widen(products);
      }
      x += columns.s_step * a.channels;
      k += columns.k_step * a.tap_pitch;
    }
  }
}

// V vectors of channels from c on, `lanes` channels in the last of them.
template <int V, class Load>
void Channels(const Int8DepthwiseArgs& a, int64_t row_begin, int64_t row_end, int64_t c,
              int64_t lanes, Load load) {
  const ConvGeometry& g = a.geometry;
  RequantVec requants[V];
  for (int v = 0; v < V; ++v) {
    requants[v] = RequantVec(a.requantization, c + v * kLanes, v == V - 1 ? lanes : kLanes);
  }
  for (int64_t h = row_begin; h < row_end; ++h) {
    const Taps rows(g, h, g.kernel_h, g.source_h);
    for (int64_t w = 0; w < g.target_w; ++w) {
      const Taps columns(g, w, g.kernel_w, g.source_w);
      IntVec sums[V] = {};
      SumTaps<V>(a, rows, columns, a.source + c, a.weight + c, load, sums);
      int8_t* target = a.target + (h * g.target_w + w) * a.channels + c;
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) {
        requants[v].Store(sums[v], v == V - 1 ? lanes : kLanes, target + v * kLanes);
      }
    }
  }
}

}  // namespace

void Int8Depthwise(const Int8DepthwiseArgs& a, int64_t row_begin, int64_t row_end) {
  constexpr int kVectors = 4;
  int64_t c = 0;
  for (; c + kVectors * kLanes <= a.channels; c += kVectors * kLanes) {
    Channels<kVectors>(a, row_begin, row_end, c, kLanes, LoadAs<Bytes, int8_t>);
  }
  for (; c < a.channels; c += kLanes) {
    const int64_t lanes = a.channels - c;
    Channels<1>(a, row_begin, row_end, c, lanes,
                [lanes](const int8_t* p) { return LoadUpTo<Bytes>(p, lanes, int8_t{0}); });
  }
}

}  // namespace SLIM_ISA
}  // namespace slim
