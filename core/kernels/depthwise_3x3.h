// What the depthwise kernels for 3x3 taps share: how they walk over the targets.
//
// Channels lie beside each other, so a kernel that takes a few targets at a time and runs over
// their channels reads source and target from end to end, which the hardware fetches ahead.
#ifndef SLIMSPLIT_CORE_KERNELS_DEPTHWISE_3X3_H_
#define SLIMSPLIT_CORE_KERNELS_DEPTHWISE_3X3_H_

#include "core/kernels/axis_taps.h"

namespace slim {
namespace {

inline constexpr int kGroup = 4;               // targets of a row that are computed at once
inline constexpr int64_t kMostChannels = 256;  // for which taps or sums are laid out beside each
                                               // other, on the stack

template <int N>
struct Count {
  static constexpr int value = N;
};

// The targets [first, last) of a row that read no padding at its ends.
inline void InsideRange(const ConvGeometry& g, int64_t* first, int64_t* last) {
  const int64_t room = g.source_w - 3 + g.padding;
  *first = Min(g.padding > 0 ? (g.padding + g.stride - 1) / g.stride : 0, g.target_w);
  *last = Max(*first, Min(room < 0 ? 0 : room / g.stride + 1, g.target_w));
}

// Whether there is code for this kernel, and a group in a row that it pays for.
inline bool Is3x3(const ConvGeometry& g) {
  if (g.kernel_h != 3 || g.kernel_w != 3 || g.transposed || g.stride > 2) return false;
  int64_t first, last;
  InsideRange(g, &first, &last);
  return last - first >= kGroup;
}

// Calls inside(Count<P>, Count<R>, rows, h, w) for P = kGroup targets, or the 1 that is left of
// them, from w on, that read no padding at the ends of R rows; and edge(rows, h, w) for each other
// target.
template <class Inside, class Edge>
inline void Walk3x3(const ConvGeometry& g, int64_t row_begin, int64_t row_end, const Inside& inside,
                    const Edge& edge) {
  int64_t first, last;
  InsideRange(g, &first, &last);
  for (int64_t h = row_begin; h < row_end; ++h) {
    const Taps rows(g, h, 3, g.source_h);
    const auto walk = [&](auto row_count) {
      int64_t w = 0;
      for (; w < first; ++w) edge(rows, h, w);
      for (; w + kGroup <= last; w += kGroup) inside(Count<kGroup>(), row_count, rows, h, w);
      for (; w < last; ++w) inside(Count<1>(), row_count, rows, h, w);
      for (; w < g.target_w; ++w) edge(rows, h, w);
    };
    if (rows.count == 3) {
      walk(Count<3>());
    } else if (rows.count == 2) {
      walk(Count<2>());
    } else if (rows.count == 1) {
      walk(Count<1>());
    } else {
      for (int64_t w = 0; w < g.target_w; ++w) edge(rows, h, w);
    }
  }
}

}  // namespace
}  // namespace slim

#endif  // SLIMSPLIT_CORE_KERNELS_DEPTHWISE_3X3_H_
