// What the depthwise kernels for 3x3 taps share: how they walk over the targets.
//
// Channels lie beside each other, so a kernel takes a few targets at a time and runs over their
// channels. Two rows of targets share the source rows that both read.
#ifndef SLIMSPLIT_CORE_KERNELS_DEPTHWISE_3X3_H_
#define SLIMSPLIT_CORE_KERNELS_DEPTHWISE_3X3_H_

#include "core/kernels/axis_taps.h"
#include "core/kernels/lanes.h"

namespace slim {
namespace {

inline constexpr int64_t kMostChannels = 256;  // for which taps or sums are laid out beside each
                                               // other, on the stack

template <int N>
struct Count {
  static constexpr int value = N;
};

alignas(64) inline constexpr Scalar kNoChannels[kMostChannels] = {};  // what padding reads

// The targets [*first, *last) of a row that read at most one column of padding on either side.
inline void GroupRange(const ConvGeometry& g, int64_t* first, int64_t* last) {
  const int64_t room = g.source_w + g.padding - 2;
  *first = Min(g.padding > 1 ? (g.padding - 2) / g.stride + 1 : 0, g.target_w);
  *last = Max(*first, Min(room < 0 ? 0 : room / g.stride + 1, g.target_w));
}

// Whether there is code for this kernel, and targets enough in a row that it pays for.
inline bool Is3x3(const ConvGeometry& g) {
  if (g.kernel_h != 3 || g.kernel_w != 3 || g.transposed || g.stride > 2) return false;
  int64_t first, last;
  GroupRange(g, &first, &last);
  return last - first >= 4;
}

// The rows of targets that read R source rows through all of their taps.
template <int S, int R>
inline constexpr int kTargetRows = R == 3 + S ? 2 : 1;

// How many of the `left` targets of a row are computed next: 4, or 3, so that few are left alone.
inline int NextTargets(int64_t left) {
  const int64_t threes = (4 - left % 4) % 4;
  if (threes > 0 && left >= 3 * threes) return 3;
  return left >= 4 ? 4 : 1;
}

// For each target of the rows [row_begin, row_end) calls either group(Count<P>, Count<R>, rows, h,
// w), for P targets from w on whose taps read R source rows, and for those of the row below where
// kTargetRows<S, R> is 2; or single(h, w).
template <int S, class Group, class Single>
inline void Walk3x3(const ConvGeometry& g, int64_t row_begin, int64_t row_end, const Group& group,
                    const Single& single) {
  int64_t first, last;
  GroupRange(g, &first, &last);
  for (int64_t h = row_begin; h < row_end;) {
    const auto singles = [&](int rows, int64_t w, int64_t end) {
      for (int row = 0; row < rows; ++row) {
        for (int64_t i = w; i < end; ++i) single(h + row, i);
      }
    };
    const Taps rows(g, h, 3, g.source_h);
    const auto walk = [&](auto row_count) {
      constexpr int kRows = kTargetRows<S, decltype(row_count)::value>;
      singles(kRows, 0, first);
      for (int64_t w = first; w < last;) {
        const int targets = NextTargets(last - w);
        if (targets == 4) {
          group(Count<4>(), row_count, rows, h, w);
        } else if (targets == 3) {
          group(Count<3>(), row_count, rows, h, w);
        } else {
          singles(kRows, w, w + 1);
        }
        w += targets;
      }
      singles(kRows, last, g.target_w);
      h += kRows;
    };
    if (rows.count == 3 && h + 1 < row_end && Taps(g, h + 1, 3, g.source_h).count == 3) {
      walk(Count<3 + S>());
    } else if (rows.count == 3) {
      walk(Count<3>());
    } else if (rows.count == 2) {
      walk(Count<2>());
    } else {
      singles(1, 0, g.target_w);
      ++h;
    }
  }
}

// What P targets beside each other, stride S, read: columns of pixels of which the first and the
// last may be padding.
template <int P, int S>
struct Columns {
  static constexpr int kCount = (P - 1) * S + 3;

  // Of the targets from w on, from source row `row` on; `pitch` is that of a pixel.
  Columns(const ConvGeometry& g, const Scalar* source, int64_t pitch, int64_t row, int64_t w)
      : pixel_pitch(pitch), row_pitch(g.source_w * pitch) {
    const int64_t s = w * S - g.padding;
    const bool pads_first = s < 0;
    const bool pads_last = s + kCount > g.source_w;
    second = source + (row * g.source_w + s + 1) * pitch;
    first = pads_first ? kNoChannels : second - pitch;
    first_pitch = pads_first ? 0 : row_pitch;
    last = pads_last ? kNoChannels : second + (kCount - 2) * pitch;
    last_pitch = pads_last ? 0 : row_pitch;
  }

  const Scalar* At(int row, int column) const {
    if (column == 0) return first + row * first_pitch;
    if (column == kCount - 1) return last + row * last_pitch;
    return second + row * row_pitch + (column - 1) * pixel_pitch;
  }

  // In a loop over channels: the compiler would compute all these addresses before it, and they are
  // too many for the registers.
  void HidePitches() {
    Hide(&pixel_pitch);
    Hide(&row_pitch);
  }

  // Where the columns begin that the targets after these are the first to read, in the row after
  // `old_rows` that targets above have read.
  const Scalar* Next(int old_rows) const {
    return second + old_rows * row_pitch + (kCount - 1) * pixel_pitch;
  }

  const Scalar *first, *second, *last;
  int64_t pixel_pitch, row_pitch, first_pitch, last_pitch;
};

// Asks for a line of each of these pixels: maps of a batch lie in memory, and the processor's own
// prefetchers do not follow so many short rows. (The pixels may lie behind the last one.)
template <int kRows, int kColumns, bool kToWrite>
inline void Fetch(const Scalar* line, int64_t row_pitch, int64_t pixel_pitch) {
#pragma GCC unroll 4
  for (int row = 0; row < kRows; ++row) {
#pragma GCC unroll 8
    for (int j = 0; j < kColumns; ++j) {
      __builtin_prefetch(line + row * row_pitch + j * pixel_pitch, kToWrite);
    }
  }
}

}  // namespace
}  // namespace slim

#endif  // SLIMSPLIT_CORE_KERNELS_DEPTHWISE_3X3_H_
