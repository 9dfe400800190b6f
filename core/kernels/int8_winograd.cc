// Winograd's F(2x2, 3x3) in integers, for instruction sets whose products have 16-bit factors
// anyway: a run of tiles is brought to its 16 points, multiplied there, and brought back.
//
// B^T d B has at most 4 * 255 and (2G) w (2G)^T at most 9 * 128 in any place, so both fit in 16
// bits; with 2G instead of G every factor is whole, and each sum comes out four times as large.
// Sums on the way may wrap around; what is left of them in the end is exact (-fwrapv).
#include "core/kernels/int8_isa.h"
#include "core/kernels/int8_vec.h"
#include "core/kernels/winograd_tile.h"

namespace slim {
namespace SLIM_ISA {
#if defined(SLIM_INT8_POINTS)
namespace {

constexpr int kRows = 6;             // of a register tile
constexpr int64_t kRun = 4 * kRows;  // tiles
constexpr int kVectors = kBlock / kLanes;
constexpr int64_t kProductPitch = kRun * kBlock + kBlock;  // from point to point
static_assert(kRun <= kWinogradRun, "scratch memory");

// One run of tiles at all points: [point][tile][channel].
struct Points {
  int16_t* data;
  int64_t tile_pitch, point_pitch;
};

// B^T d B of the 4x4 sources that each tile reads.
void SourcePoints(const Int8WinogradArgs& a, int64_t begin, int64_t end, const Points& points) {
  const ConvGeometry& g = a.geometry;
  TilePlace place(g, begin);
  for (int64_t t = begin; t < end; ++t, place.Next(g)) {
    const int8_t* d[4][4];  // null: padding
    FindSources<int8_t>(g, place, a.source + place.image * a.source_image_pitch,
                        a.source_pixel_pitch, nullptr, d);
    int16_t* to = points.data + (t - begin) * points.tile_pitch;
    for (int64_t i = 0; i < a.channels; i += kPointLanes, to += kPointLanes) {
      const auto load = [&](int r, int c) {
        const int8_t* x = d[r][c];
        return x == nullptr ? PointVec{}
                            : WidenHalf(LoadUpTo<HalfBytes>(x + i, a.channels - i, a.source_zero)) -
                                  int16_t{a.source_zero};
      };
      SourceToPoints<PointVec>(
          load, [&](int point, PointVec v) { StoreAs(to + point * points.point_pitch, v); });
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
  TilePlace place(g, begin);
  for (int64_t t = begin; t < end; ++t, place.Next(g), products += kBlock) {
    IntVec m[2][4];
#pragma GCC unroll 4
    for (int c = 0; c < 4; ++c) {
      const IntVec m0 = LoadAs<IntVec>(products + c * kProductPitch);
      const IntVec m1 = LoadAs<IntVec>(products + (4 + c) * kProductPitch);
      const IntVec m2 = LoadAs<IntVec>(products + (8 + c) * kProductPitch);
      const IntVec m3 = LoadAs<IntVec>(products + (12 + c) * kProductPitch);
      m[0][c] = m0 + m1 + m2;
      m[1][c] = m1 - m2 - m3;
    }
#pragma GCC unroll 2
    for (int r = 0; r < 2; ++r) {
      if (place.h + r >= g.target_h) break;
      const IntVec sums[2] = {m[r][0] + m[r][1] + m[r][2], m[r][1] - m[r][2] - m[r][3]};
      int8_t* row = a.target + place.image * a.target_image_pitch +
                    ((place.h + r) * g.target_w + place.w) * a.target_pixel_pitch + o;
#pragma GCC unroll 2
      for (int c = 0; c < 2; ++c) {
        if (place.w + c >= g.target_w) break;
        requant.Store(sums[c] >> 2, lanes, row + c * a.target_pixel_pitch);
      }
    }
  }
}

}  // namespace

void Int8Winograd(const Int8WinogradArgs& a, int64_t begin, int64_t end) {
  const int64_t tile_pitch = (a.channels + 15) / 16 * 16;
  const Points points = {static_cast<int16_t*>(a.scratch), tile_pitch, kRun * tile_pitch + kBlock};
  int32_t* products =
      reinterpret_cast<int32_t*>(points.data + kWinogradPoints * points.point_pitch);
  for (int64_t first = begin; first < end; first += kRun) {
    const int64_t last = first + kRun < end ? first + kRun : end;
    SourcePoints(a, first, last, points);
    for (int64_t block = 0; block * kBlock < a.outputs; ++block) {
      const int64_t rest = a.outputs - block * kBlock;
      WithVectors<kVectors>(rest < kBlock ? rest : kBlock, [&](auto vectors) {
        for (int point = 0; point < kWinogradPoints; ++point) {
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
