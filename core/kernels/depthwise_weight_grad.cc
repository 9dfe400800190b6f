// Weight gradient of a depthwise convolution: vectors run over channels.
#include "core/kernels/depthwise_3x3.h"
#include "core/kernels/isa_kernels.h"
#include "core/kernels/vec.h"

namespace slim {
namespace SLIM_ISA {
namespace {

// Sums of a 3x3 kernel with the channels in the outer place, [channels / kLanes][9][kLanes], so
// that a loop over channels needs one pointer for all taps.
struct Sums3x3 {
  alignas(64) float v[9 * kMostChannels];
};

// Adds P targets beside each other, stride S, that read R source rows, and as many below them where
// there are two rows of targets; `sums` are those of the taps of the first row. Pixels of dy are as
// far from each other as those of x.
template <int P, int S, int R>
__attribute__((noinline)) void AddGroup(Columns<P, S> x, const Scalar* dy, int64_t dy_row_pitch,
                                        int64_t channels, bool in_memory, float* sums) {
  constexpr int kRows = kTargetRows<S, R>, kTaps = kRows == 2 ? 9 : 3 * R;
  const int64_t pitch = x.pixel_pitch;
  for (int64_t c = 0; c < channels; c += kLanes, sums += 9 * kLanes) {
    x.HidePitches();
    if (in_memory) {
      Fetch<kRows * S, P * S, false>(x.Next(R - kRows * S) + c, x.row_pitch, pitch);
      Fetch<kRows, P, false>(dy + P * pitch + c, dy_row_pitch, pitch);
    }
    Vec d[kRows][P], of_tap[kTaps];
#pragma GCC unroll 2
    for (int row = 0; row < kRows; ++row) {
#pragma GCC unroll 8
      for (int p = 0; p < P; ++p) d[row][p] = Load(dy + row * dy_row_pitch + p * pitch + c);
    }
#pragma GCC unroll 9
    for (int k = 0; k < kTaps; ++k) of_tap[k] = Load(sums + k * kLanes);
#pragma GCC unroll 8
    for (int i = 0; i < R; ++i) {
#pragma GCC unroll 16
      for (int j = 0; j < Columns<P, S>::kCount; ++j) {
        const Vec v = Load(x.At(i, j) + c);
#pragma GCC unroll 2
        for (int row = 0; row < kRows; ++row) {
          const int tap_row = i - row * S;
          if (tap_row < 0 || tap_row > 2) continue;
#pragma GCC unroll 8
          for (int p = 0; p < P; ++p) {
            const int tap = j - p * S;
            if (tap < 0 || tap > 2) continue;
            of_tap[3 * tap_row + tap] += v * d[row][p];
          }
        }
      }
    }
#pragma GCC unroll 9
    for (int k = 0; k < kTaps; ++k) Store(sums + k * kLanes, of_tap[k]);
  }
}

// The same of any target.
void AddSingle(const ConvGeometry& g, int64_t h, int64_t w, const Scalar* x, const Scalar* dy,
               int64_t pitch, int64_t channels, Sums3x3* sums) {
  const Taps rows(g, h, 3, g.source_h), columns(g, w, 3, g.source_w);
  dy += (h * g.target_w + w) * pitch;
  for (int64_t i = 0; i < rows.count; ++i) {
    for (int64_t k = 0; k < columns.count; ++k) {
      const Scalar* from = x + ((rows.s + i) * g.source_w + columns.s + k) * pitch;
      float* to = sums->v + ((rows.k + i) * 3 + columns.k + k) * kLanes;
      for (int64_t c = 0; c < channels; c += kLanes) {
        Store(to + 9 * c, Load(to + 9 * c) + Load(from + c) * Load(dy + c));
      }
    }
  }
}

// Whole vectors of at most kMostChannels channels.
template <int S>
void WeightGrad3x3(const ConvGeometry& g, const Scalar* x, const Scalar* dy, int64_t pitch,
                   int64_t channels, bool in_memory, float* gradient) {
  Sums3x3 sums;
  for (int64_t i = 0; i < 9 * channels; i += kLanes) Store(sums.v + i, Vec{});
  Walk3x3<S>(
      g, 0, g.target_h,
      [&](auto targets, auto row_count, const Taps& rows, int64_t h, int64_t w) {
        constexpr int kTargets = decltype(targets)::value;
        AddGroup<kTargets, S, decltype(row_count)::value>(
            Columns<kTargets, S>(g, x, pitch, rows.s, w), dy + (h * g.target_w + w) * pitch,
            g.target_w * pitch, channels, in_memory, sums.v + rows.k * 3 * kLanes);
      },
      [&](int64_t h, int64_t w) { AddSingle(g, h, w, x, dy, pitch, channels, &sums); });
  for (int64_t c = 0; c < channels; c += kLanes) {
    for (int tap = 0; tap < 9; ++tap) {
      float* to = gradient + tap * pitch + c;
      Store(to, Load(to) + Load(sums.v + 9 * c + tap * kLanes));
    }
  }
}

// The gradients of a row of any kernel's taps, summed over a row of targets; `x` is the row that
// they read.
void AddRow(const ConvGeometry& g, const Scalar* x, const Scalar* dy, int64_t pitch,
            int64_t channels, float* gradient) {
  for (int64_t w = 0; w < g.target_w; ++w) {
    const Taps columns(g, w, g.kernel_w, g.source_w);
    for (int64_t k = 0; k < columns.count; ++k) {
      const Scalar* from = x + (columns.s + k * columns.s_step) * pitch;
      float* to = gradient + (columns.k + k * columns.k_step) * pitch;
      for (int64_t c = 0; c < channels; c += kLanes) {
        const int64_t lanes = channels - c;
        const Vec product = LoadUpTo(from + c, lanes) * LoadUpTo(dy + w * pitch + c, lanes);
        StoreUpTo(to + c, LoadUpTo(to + c, lanes) + product, lanes);
      }
    }
  }
}

void AnyKernel(const ConvGeometry& g, const Scalar* x, const Scalar* dy, int64_t pitch,
               int64_t channels, float* gradient) {
  for (int64_t h = 0; h < g.target_h; ++h) {
    const Taps rows(g, h, g.kernel_h, g.source_h);
    for (int64_t i = 0; i < rows.count; ++i) {
      AddRow(g, x + (rows.s + i * rows.s_step) * g.source_w * pitch, dy + h * g.target_w * pitch,
             pitch, channels, gradient + (rows.k + i * rows.k_step) * g.kernel_w * pitch);
    }
  }
}

}  // namespace

void DepthwiseWeightGrad(const ConvGeometry& g, const Scalar* x, const Scalar* dy, int64_t channels,
                         bool in_memory, float* gradient) {
  const int64_t whole = Is3x3(g) ? channels / kLanes * kLanes : 0;
  for (int64_t c = 0; c < whole; c += kMostChannels) {
    const int64_t some = Min(whole - c, kMostChannels);
    if (g.stride == 1) {
      WeightGrad3x3<1>(g, x + c, dy + c, channels, some, in_memory, gradient + c);
    } else {
      WeightGrad3x3<2>(g, x + c, dy + c, channels, some, in_memory, gradient + c);
    }
  }
  if (whole < channels) {
    AnyKernel(g, x + whole, dy + whole, channels, channels - whole, gradient + whole);
  }
}

}  // namespace SLIM_ISA
}  // namespace slim
