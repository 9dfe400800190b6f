// What the depthwise kernels for 3x3 taps share: how they walk over the targets.
//
// Channels lie beside each other, so a kernel that takes a few targets at a time and runs over
// their channels reads source and target from end to end, which the hardware fetches ahead.
#ifndef SLIMSPLIT_CORE_KERNELS_DEPTHWISE_3X3_H_
#define SLIMSPLIT_CORE_KERNELS_DEPTHWISE_3X3_H_

#include "core/kernels/axis_taps.h"

namespace slim {
namespace {

inline constexpr int64_t kMostChannels = 256;  // for which taps or sums are laid out beside each
                                               // other, on the stack

template <int N>
struct Count {
  static constexpr int value = N;
};

// Whether there is code for this kernel, and targets enough in a row that it pays for.
inline bool Is3x3(const ConvGeometry& g) {
  if (g.kernel_h != 3 || g.kernel_w != 3 || g.transposed || g.stride > 2) return false;
  // At most the first column that a target reads is padding, or the last.
  return g.padding <= 1 && g.source_w >= 3 && g.target_w >= 4 &&
         (g.target_w - 1) * g.stride - g.padding + 2 <= g.source_w;
}

// The rows of targets that read R source rows through all of their taps: two share what they read.
template <int S, int R>
inline constexpr int kTargetRows = R == 3 + S ? 2 : 1;

// How many of the `left` targets of a row are computed next: 4, or 3, so that few are left alone.
inline int NextTargets(int64_t left) {
  const int64_t threes = (4 - left % 4) % 4;
  if (threes > 0 && left >= 3 * threes) return 3;
  return left >= 4 ? 4 : 1;
}

// Calls group(Count<P>, Count<R>, rows, h, w) for P targets from w on whose taps read R source rows
// (and for those of the row below, where kTargetRows<S, R> is 2), until each of the rows
// [row_begin, row_end) is done; and none(h) for rows that read no source.
template <int S, class Group, class None>
inline void Walk3x3(const ConvGeometry& g, int64_t row_begin, int64_t row_end, const Group& group,
                    const None& none) {
  for (int64_t h = row_begin; h < row_end;) {
    const Taps rows(g, h, 3, g.source_h);
    const auto walk = [&](auto row_count) {
      for (int64_t w = 0; w < g.target_w;) {
        const int targets = NextTargets(g.target_w - w);
        if (targets == 4) {
          group(Count<4>(), row_count, rows, h, w);
        } else if (targets == 3) {
          group(Count<3>(), row_count, rows, h, w);
        } else {
          group(Count<1>(), row_count, rows, h, w);
        }
        w += targets;
      }
      h += kTargetRows<S, decltype(row_count)::value>;
    };
    if (rows.count == 3 && h + 1 < row_end && Taps(g, h + 1, 3, g.source_h).count == 3) {
      walk(Count<3 + S>());
    } else if (rows.count == 3) {
      walk(Count<3>());
    } else if (rows.count == 2) {
      walk(Count<2>());
    } else if (rows.count == 1) {
      walk(Count<1>());
    } else {
      none(h++);
    }
  }
}

// What P targets beside each other, stride S, read: columns of pixels of which the first and the
// last may be padding.
template <int P, int S>
struct Columns {
  static constexpr int kCount = (P - 1) * S + 3;

  // Of the targets from w on, from source row `row` on; `pitch` is that of a pixel. `zeros` has as
  // many as there are channels.
  Columns(const ConvGeometry& g, const float* source, int64_t pitch, int64_t row, int64_t w,
          const float* zeros)
      : pixel_pitch(pitch), row_pitch(g.source_w * pitch) {
    const int64_t s = w * S - g.padding;
    const bool pads_first = s<0, pads_last = s + kCount> g.source_w;
    second = source + (row * g.source_w + s + 1) * pitch;
    first = pads_first ? zeros : second - pitch;
    first_pitch = pads_first ? 0 : row_pitch;
    last = pads_last ? zeros : second + (kCount - 2) * pitch;
    last_pitch = pads_last ? 0 : row_pitch;
  }

  const float* At(int row, int column) const {
    if (column == 0) return first + row * first_pitch;
    if (column == kCount - 1) return last + row * last_pitch;
    return second + row * row_pitch + (column - 1) * pixel_pitch;
  }

  // In the row that is the first to be read by no targets above: of several rows the last are new.
  const float* NewRows(int old_rows) const { return second + old_rows * row_pitch; }

  const float *first, *second, *last;
  int64_t pixel_pitch, row_pitch, first_pitch, last_pitch;
};

// Asks for a line of each pixel of the group after this one, of those of its rows that no group has
// read or written yet: the processor's own prefetchers do not follow so many short rows. (It may
// lie behind the last one.)
template <int kRows, int kColumns, bool kToWrite>
inline void FetchNextGroup(const float* line, int64_t row_pitch, int64_t pixel_pitch) {
#pragma GCC unroll 4
  for (int row = 0; row < kRows; ++row) {
#pragma GCC unroll 8
    for (int j = kColumns; j < 2 * kColumns; ++j) {
      __builtin_prefetch(line + row * row_pitch + j * pixel_pitch, kToWrite);
    }
  }
}

alignas(64) inline constexpr float kNoChannels[kMostChannels] = {};

}  // namespace
}  // namespace slim

#endif  // SLIMSPLIT_CORE_KERNELS_DEPTHWISE_3X3_H_
