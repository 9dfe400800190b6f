// Winograd's F(2x2, 3x3) in integers, for instruction sets whose products have 16-bit factors
// anyway: a run of tiles is brought to its 16 points, multiplied there, and brought back.
//
// B^T d B has at most 4 * 255 and (2G) w (2G)^T at most 9 * 128 in any place, so both fit in 16
// bits; with 2G instead of G every factor is whole, and each sum comes out four times as large.
// Sums on the way may wrap around; what is left of them in the end is exact (-fwrapv).
#include "core/kernels/int8_isa.h"
#include "core/kernels/int8_vec.h"
#include "core/kernels/winograd_points.h"

namespace slim {
namespace SLIM_ISA {
#if defined(SLIM_INT8_POINTS)
namespace {

constexpr int kRows = 6;             // of a register tile
constexpr int64_t kRun = 4 * kRows;  // tiles
constexpr int kVectors = kBlock / kLanes;
constexpr int64_t kProductPitch = kRun * kBlock + kBlock;  // from point to point
static_assert(kRun <= kWinogradConvRun, "scratch memory");

// One run of tiles at all points: [point][tile][channel].
struct Points {
  int16_t* data;
  int64_t tile_pitch, point_pitch;
};

// B^T d B of the 4x4 sources that each tile reads.
void SourcePoints(const Int8WinogradArgs& a, int64_t begin, int64_t end, const Points& points) {
  const ConvGeometry& g = a.geometry;
  TilePlace<2> place(g, begin);
  for (int64_t t = begin; t < end; ++t, place.Next(g)) {
    const Window<4, int8_t> window(a.source + place.image * a.source_image_pitch, g.source_h,
                                   g.source_w, a.source_pixel_pitch, place.h - g.padding,
                                   place.w - g.padding);
    const int8_t* rows[4];
    bool there[4];
    for (int r = 0; r < 4; ++r) {
      rows[r] = window.Row(r);
      there[r] = window.HasRow(r);
    }
    int16_t* to = points.data + (t - begin) * points.tile_pitch;
    for (int64_t i = 0; i < a.channels; i += kPointLanes, to += kPointLanes) {
      TransformSquare<4, 4, PointVec>(
          [](const PointVec* d, PointVec* m) { Winograd<2, int16_t>::Source(d, m); },
          [&](int c, PointVec* d) {
            const bool column = window.HasColumn(c);
            const int64_t at = c * a.source_pixel_pitch + i;
#pragma GCC unroll 4
            for (int r = 0; r < 4; ++r) {
              d[r] = column && there[r] ? WidenHalf(LoadUpTo<HalfBytes>(
                                              rows[r] + at, a.channels - i, a.source_zero)) -
                                              int16_t{a.source_zero}
                                        : PointVec{};
            }
          },
          [&](int r, int c, PointVec v) { StoreAs(to + (4 * r + c) * points.point_pitch, v); });
    }
  }
}

// products[j][o] = sum over channels of x[j][c] * weight[c][o], for kRows tiles.
template <int V>
void Multiply(const int16_t* x, int64_t tile_pitch, const int16_t* weight, int64_t channels,
              int32_t* products) {
  IntVec acc[kRows][V] = {};
  for (int64_t c = 0; c < channels; c += kPointGroup, weight += kPointGroup * kBlock) {
    decltype(LoadWeights(weight)) w[V];
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) w[v] = LoadWeights(weight + v * kLanes * kPointGroup);
#pragma GCC unroll 16
    for (int j = 0; j < kRows; ++j) {
      const auto xj = LoadGroup(x + j * tile_pitch + c);
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) acc[j][v] = Dot(acc[j][v], xj, w[v]);
    }
  }
#pragma GCC unroll 16
  for (int j = 0; j < kRows; ++j) {
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) StoreAs(products + j * kBlock + v * kLanes, acc[j][v]);
  }
}

// A^T m A of each tile, requantised, for one vector of outputs from o on.
void Targets(const Int8WinogradArgs& a, const int32_t* products, int64_t begin, int64_t end,
             int64_t o, int64_t lanes) {
  const ConvGeometry& g = a.geometry;
  const RequantVec requant(a.requantization, o, lanes);
  TilePlace<2> place(g, begin);
  for (int64_t t = begin; t < end; ++t, place.Next(g), products += kBlock) {
    int8_t* corner = a.target + place.image * a.target_image_pitch +
                     (place.h * g.target_w + place.w) * a.target_pixel_pitch + o;
    TransformSquare<4, 2, IntVec>(
        [](const IntVec* m, IntVec* y) { Winograd<2, int32_t>::Target(m, y); },
        [&](int c, IntVec* m) {
#pragma GCC unroll 4
          for (int r = 0; r < 4; ++r) m[r] = LoadAs<IntVec>(products + (4 * r + c) * kProductPitch);
        },
        [&](int r, int c, IntVec sum) {
          if (place.h + r >= g.target_h || place.w + c >= g.target_w) return;
          requant.Store((sum >> 2) + requant.bias, lanes,
                        corner + (r * g.target_w + c) * a.target_pixel_pitch);
        });
  }
}

}  // namespace

void Int8Winograd(const Int8WinogradArgs& a, int64_t begin, int64_t end) {
  const int64_t tile_pitch = (a.channels + 15) / 16 * 16;
  const Points points = {static_cast<int16_t*>(a.scratch), tile_pitch, kRun * tile_pitch + kBlock};
  int32_t* products = reinterpret_cast<int32_t*>(points.data + kInt8Points * points.point_pitch);
  for (int64_t first = begin; first < end; first += kRun) {
    const int64_t last = first + kRun < end ? first + kRun : end;
    SourcePoints(a, first, last, points);
    for (int64_t block = 0; block * kBlock < a.outputs; ++block) {
      const int64_t rest = a.outputs - block * kBlock;
      WithVectors<kVectors>(rest < kBlock ? rest : kBlock, [&](auto vectors) {
        for (int point = 0; point < kInt8Points; ++point) {
          for (int64_t t = 0; t < last - first; t += kRows) {
            Multiply<decltype(vectors)::value>(
                points.data + point * points.point_pitch + t * tile_pitch, tile_pitch,
                a.packed + block * a.block_pitch + point * a.point_pitch, a.channels,
                products + point * kProductPitch + t * kBlock);
          }
        }
      });
      for (int64_t o = 0; o < kBlock && o < rest; o += kLanes) {
        Targets(a, products + o, first, last, block * kBlock + o, rest - o);
      }
    }
  }
}
#endif  // SLIM_INT8_POINTS

}  // namespace SLIM_ISA
}  // namespace slim
