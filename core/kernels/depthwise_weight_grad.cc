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

// Adds P targets beside each other, stride S, that read no padding at the ends of R rows: `x` is
// what the first one reads through the first tap, `sums` those of the taps of these rows. `pitch`:
// from one pixel to the next.
template <int P, int S, int R>
__attribute__((noinline)) void AddGroup(const float* x, int64_t row_pitch, const float* dy,
                                        int64_t pitch, int64_t channels, float* sums) {
  for (int64_t c = 0; c < channels; c += kLanes, sums += 9 * kLanes) {
    Vec d[P];
#pragma GCC unroll 8
    for (int p = 0; p < P; ++p) d[p] = Load(dy + p * pitch + c);
    const auto add_row = [&](const float* row, float* to) {
      Vec of_tap[3] = {};
#pragma GCC unroll 16
      for (int j = 0; j < (P - 1) * S + 3; ++j) {
        const Vec v = Load(row + c + j * pitch);
#pragma GCC unroll 8
        for (int p = 0; p < P; ++p) {
          if (j == p * S) of_tap[0] += v * d[p];
          if (j == p * S + 1) of_tap[1] += v * d[p];
          if (j == p * S + 2) of_tap[2] += v * d[p];
        }
      }
#pragma GCC unroll 3
      for (int k = 0; k < 3; ++k) Store(to + k * kLanes, Load(to + k * kLanes) + of_tap[k]);
    };
    add_row(x, sums);
    if (R > 1) add_row(x + row_pitch, sums + 3 * kLanes);
    if (R > 2) add_row(x + 2 * row_pitch, sums + 6 * kLanes);
  }
}

// The same of one target that may read padding.
void AddEdge(const ConvGeometry& g, const Taps& rows, const Taps& columns, const float* x,
             const float* dy, int64_t pitch, int64_t channels, Sums3x3* sums) {
  for (int64_t i = 0; i < rows.count; ++i) {
    for (int64_t k = 0; k < columns.count; ++k) {
      const float* from = x + ((rows.s + i) * g.source_w + columns.s + k) * pitch;
      float* to = sums->v + ((rows.k + i) * 3 + columns.k + k) * kLanes;
      for (int64_t c = 0; c < channels; c += kLanes) {
        Store(to + 9 * c, Load(to + 9 * c) + Load(from + c) * Load(dy + c));
      }
    }
  }
}

// Whole vectors of at most kMostChannels channels.
template <int S>
void WeightGrad3x3(const ConvGeometry& g, const float* x, const float* dy, int64_t pitch,
                   int64_t channels, float* gradient) {
  Sums3x3 sums;
  for (int64_t i = 0; i < 9 * channels; i += kLanes) Store(sums.v + i, Vec{});
  Walk3x3(
      g, 0, g.target_h,
      [&](auto pixels, auto row_count, const Taps& rows, int64_t h, int64_t w) {
        AddGroup<decltype(pixels)::value, S, decltype(row_count)::value>(
            x + (rows.s * g.source_w + w * S - g.padding) * pitch, g.source_w * pitch,
            dy + (h * g.target_w + w) * pitch, pitch, channels, sums.v + rows.k * 3 * kLanes);
      },
      [&](const Taps& rows, int64_t h, int64_t w) {
        AddEdge(g, rows, Taps(g, w, 3, g.source_w), x, dy + (h * g.target_w + w) * pitch, pitch,
                channels, &sums);
      });
  for (int64_t c = 0; c < channels; c += kLanes) {
    for (int tap = 0; tap < 9; ++tap) {
      float* to = gradient + tap * pitch + c;
      Store(to, Load(to) + Load(sums.v + 9 * c + tap * kLanes));
    }
  }
}

// The gradients of a row of any kernel's taps, summed over a row of targets; `x` is the row that
// they read.
void AddRow(const ConvGeometry& g, const float* x, const float* dy, int64_t pitch, int64_t channels,
            float* gradient) {
  for (int64_t w = 0; w < g.target_w; ++w) {
    const Taps columns(g, w, g.kernel_w, g.source_w);
    for (int64_t k = 0; k < columns.count; ++k) {
      const float* from = x + (columns.s + k * columns.s_step) * pitch;
      float* to = gradient + (columns.k + k * columns.k_step) * pitch;
      for (int64_t c = 0; c < channels; c += kLanes) {
        const int64_t lanes = channels - c;
        const Vec product = LoadUpTo(from + c, lanes) * LoadUpTo(dy + w * pitch + c, lanes);
        StoreUpTo(to + c, LoadUpTo(to + c, lanes) + product, lanes);
      }
    }
  }
}

void AnyKernel(const ConvGeometry& g, const float* x, const float* dy, int64_t pitch,
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

void DepthwiseWeightGrad(const ConvGeometry& g, const float* x, const float* dy, int64_t channels,
                         float* gradient) {
  const int64_t whole = Is3x3(g) ? channels / kLanes * kLanes : 0;
  for (int64_t c = 0; c < whole; c += kMostChannels) {
    const int64_t some = Min(whole - c, kMostChannels);
    if (g.stride == 1) {
      WeightGrad3x3<1>(g, x + c, dy + c, channels, some, gradient + c);
    } else {
      WeightGrad3x3<2>(g, x + c, dy + c, channels, some, gradient + c);
    }
  }
  if (whole < channels) {
    AnyKernel(g, x + whole, dy + whole, channels, channels - whole, gradient + whole);
  }
}

}  // namespace SLIM_ISA
}  // namespace slim
