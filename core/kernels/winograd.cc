// Winograd's algorithm: a run of tiles is brought to its points, multiplied there, and brought
// back.
#include "core/kernels/isa_kernels.h"
#include "core/kernels/vec.h"
#include "core/kernels/winograd_points.h"

namespace slim {
namespace SLIM_ISA {
namespace {

constexpr int kRows = kLanes == 16 ? 12 : 6;  // of a register tile
constexpr int kFewRows = 4;                   // of one for what is left over
constexpr int kVectors = kTileOutputs / kLanes;

int64_t RoundUpToLanes(int64_t count) { return (count + kLanes - 1) / kLanes * kLanes; }

template <int kTile>
constexpr int kPoints = WinogradPoints(kTile);
// Tiles of a run of the convolution and of the gradient.
constexpr int64_t kRun = kWinogradConvRun;
template <int kTile>
constexpr int64_t kGradRun = WinogradGradRun(kTile);
static_assert(kRun % kRows == 0, "register tiles lie within the run");

// One run of tiles at all points: [point][tile][channel].
struct Points {
  float* data;
  int64_t tile_pitch, point_pitch;
};

Points PointsIn(float* memory, int64_t run, int64_t channels) {
  const int64_t tile_pitch = RoundUpToLanes(channels);
  return {memory, tile_pitch, run * tile_pitch + kBlock};
}

// F x F^T of a window for all its channels, `line` being F.
template <int kSide, int kTo, class Line>
void WindowToPoints(const Line& line, const Window<kSide, Scalar>& window, int64_t channels,
                    float* to, int64_t point_pitch) {
  const Scalar* rows[kSide];
  Vec there[kSide];
  for (int r = 0; r < kSide; ++r) {
    rows[r] = window.Row(r);
    there[r] = Mask(window.HasRow(r));
  }
  const auto for_lanes = [&](int64_t i, auto load) {
    TransformSquare<kSide, kTo, Vec>(
        line,
        [&](int c, Vec* x) {
          const bool inside = window.HasColumn(c);
          const int64_t at = c * window.pixel_pitch() + i;
#pragma GCC unroll 6
          for (int r = 0; r < kSide; ++r) {
            x[r] = inside ? And(load(rows[r] + at), there[r]) : Vec{};
          }
        },
        [&](int r, int c, Vec v) { Store(to + i + (r * kTo + c) * point_pitch, v); });
  };
  int64_t i = 0;
  for (; i + kLanes <= channels; i += kLanes) {
    for_lanes(i, [](const Scalar* p) { return Load(p); });
  }
  if (i < channels) {
    const int lanes = static_cast<int>(channels - i);
    for_lanes(i, [lanes](const Scalar* p) { return LoadFirst(p, lanes); });
  }
}

// Asks for the kTile x kTile pixels from `below` on, which the tile under this one is the first to
// need. The maps of a batch lie in memory, not in a cache, and the processor's own prefetchers do
// not follow the many short rows of windows. (Below the last tiles of an image lies the next one.)
template <int kTile, bool kToWrite>
inline void FetchBelow(const Scalar* below, int64_t row_pitch, int64_t pixel_pitch,
                       int64_t channels) {
  for (int64_t i = 0; i < channels; i += kLineScalars) {
#pragma GCC unroll 4
    for (int r = 0; r < kTile; ++r) {
#pragma GCC unroll 4
      for (int c = 0; c < kTile; ++c) {
        __builtin_prefetch(below + r * row_pitch + c * pixel_pitch + i, kToWrite);
      }
    }
  }
}

// B^T d B of the sources d that each tile reads.
template <int kTile>
void SourcePoints(const ConvGeometry& g, const Scalar* source, int64_t image_pitch,
                  int64_t pixel_pitch, int64_t channels, int64_t begin, int64_t end,
                  const Points& points) {
  constexpr int kSide = kTile + 2;
  TilePlace<kTile> place(g, begin);
  for (int64_t t = begin; t < end; ++t, place.Next(g)) {
    const Scalar* image = source + place.image * image_pitch;
    const int64_t row_pitch = g.source_w * pixel_pitch;
    FetchBelow<kTile, false>(
        image + (place.h - g.padding + kSide) * row_pitch + place.w * pixel_pitch, row_pitch,
        pixel_pitch, channels);
    const Window<kSide, Scalar> window(image, g.source_h, g.source_w, pixel_pitch,
                                       place.h - g.padding, place.w - g.padding);
    WindowToPoints<kSide, kSide>([](const Vec* d, Vec* m) { Winograd<kTile, float>::Source(d, m); },
                                 window, channels, points.data + (t - begin) * points.tile_pitch,
                                 points.point_pitch);
  }
}

// A dy A^T of the gradients of each tile.
template <int kTile>
void GradPoints(const WinogradWeightGradArgs<Scalar>& a, int64_t begin, int64_t end,
                const Points& points) {
  const ConvGeometry& g = a.geometry;
  TilePlace<kTile> place(g, begin);
  for (int64_t t = begin; t < end; ++t, place.Next(g)) {
    const int64_t row_pitch = g.target_w * a.dy_pixel_pitch;
    FetchBelow<kTile, false>(a.dy + place.image * a.dy_image_pitch + (place.h + kTile) * row_pitch +
                                 place.w * a.dy_pixel_pitch,
                             row_pitch, a.dy_pixel_pitch, a.outputs);
    const Window<kTile, Scalar> window(a.dy + place.image * a.dy_image_pitch, g.target_h,
                                       g.target_w, a.dy_pixel_pitch, place.h, place.w);
    WindowToPoints<kTile, kTile + 2>(
        [](const Vec* y, Vec* m) { Winograd<kTile, float>::TargetGrad(y, m); }, window, a.outputs,
        points.data + (t - begin) * points.tile_pitch, points.point_pitch);
  }
}

// products[j][o] = sum over channels of x[j][c] * weight[c][o], for R tiles.
template <int R, int V>
void Multiply(const float* x, int64_t tile_pitch, const float* weight, int64_t block_pitch,
              int64_t channels, float* products) {
  Vec acc[R][V] = {};
  for (int64_t c = 0; c < channels; ++c, ++x, weight += kBlock) {
    Vec w[V];
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) {
      w[v] = Load(weight + v * kLanes / kBlock * block_pitch + v * kLanes % kBlock);
    }
#pragma GCC unroll 16
    for (int j = 0; j < R; ++j) {
      const Vec xj = Splat(x[j * tile_pitch]);
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) acc[j][v] += xj * w[v];
    }
  }
#pragma GCC unroll 16
  for (int j = 0; j < R; ++j) {
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) Store(products + (j * V + v) * kLanes, acc[j][v]);
  }
}

// A^T m A of each tile, with the epilogue, for `outputs` <= V * kLanes channels.
template <int kTile, int V>
void Targets(const WinogradConvArgs<Scalar>& a, const Points& products, int64_t begin, int64_t end,
             int64_t first_output, int64_t outputs) {
  constexpr int kSide = kTile + 2;
  const ConvGeometry& g = a.geometry;
  const Epilogue<Scalar>& e = a.epilogue;
  const Vec low = Splat(e.clamp.low), high = Splat(e.clamp.high);
#pragma GCC unroll 4
  for (int v = 0; v < V; ++v) {
    const int64_t o = first_output + v * kLanes, lanes = outputs - v * kLanes;
    const Vec scale = e.scale == nullptr ? Splat(1) : LoadUpTo(e.scale + o, lanes);
    const Vec bias = e.bias == nullptr ? Splat(0) : LoadUpTo(e.bias + o, lanes);
    TilePlace<kTile> place(g, begin);
    for (int64_t t = begin; t < end; ++t, place.Next(g)) {
      const float* from = products.data + (t - begin) * products.tile_pitch + v * kLanes;
      const int64_t corner = place.image * a.target_image_pitch +
                             (place.h * g.target_w + place.w) * a.target_pixel_pitch + o;
      const int64_t row_pitch = g.target_w * a.target_pixel_pitch;
      if (v * kLanes % kLineScalars == 0) {
        FetchBelow<kTile, true>(a.target + corner + kTile * row_pitch, row_pitch,
                                a.target_pixel_pitch, 1);
      }
      TransformSquare<kSide, kTile, Vec>(
          [](const Vec* m, Vec* y) { Winograd<kTile, float>::Target(m, y); },
          [&](int c, Vec* m) {
#pragma GCC unroll 6
            for (int r = 0; r < kSide; ++r) {
              m[r] = Load(from + (r * kSide + c) * products.point_pitch);
            }
          },
          [&](int r, int c, Vec value) {
            if (place.h + r >= g.target_h || place.w + c >= g.target_w) return;
            const int64_t offset = corner + (r * g.target_w + c) * a.target_pixel_pitch;
            value = value * scale + bias;
            if (e.residual != nullptr) value += LoadUpTo(e.residual + offset, lanes);
            value = Limit(value, low, high);
            if (a.accumulate) value += LoadUpTo(a.target + offset, lanes);
            StoreUpTo(a.target + offset, value, lanes);
          });
    }
  }
}

template <int kTile, int V>
void Outputs(const WinogradConvArgs<Scalar>& a, const Points& sources, float* memory, int64_t begin,
             int64_t end, int64_t first_output, int64_t outputs) {
  constexpr int64_t kPitch = V * kLanes;
  const Points products = {memory, kPitch, kRun * kPitch + kBlock};
  for (int point = 0; point < kPoints<kTile>; ++point) {
    const float* weight = a.packed + first_output / kBlock * a.block_pitch + point * a.point_pitch;
    for (int64_t t = 0; t < end - begin; t += kRows) {
      const float* x = sources.data + point * sources.point_pitch + t * sources.tile_pitch;
      float* to = products.data + point * products.point_pitch + t * products.tile_pitch;
      if (end - begin - t > kFewRows) {
        Multiply<kRows, V>(x, sources.tile_pitch, weight, a.block_pitch, a.channels, to);
      } else {
        Multiply<kFewRows, V>(x, sources.tile_pitch, weight, a.block_pitch, a.channels, to);
      }
    }
  }
  Targets<kTile, V>(a, products, begin, end, first_output, outputs);
}

template <int kTile>
void Convolve(const WinogradConvArgs<Scalar>& a, int64_t begin, int64_t end) {
  const Points sources = PointsIn(a.scratch, kRun, a.channels);
  float* const products = a.scratch + kPoints<kTile> * sources.point_pitch;
  for (int64_t first = begin; first < end; first += kRun) {
    const int64_t last = first + kRun < end ? first + kRun : end;
    SourcePoints<kTile>(a.geometry, a.source, a.source_image_pitch, a.source_pixel_pitch,
                        a.channels, first, last, sources);
    for (int64_t o = 0; o < a.outputs; o += kTileOutputs) {
      const int64_t outputs = a.outputs - o < kTileOutputs ? a.outputs - o : kTileOutputs;
      WithVectors<kVectors>(outputs, [&](auto vectors) {
        Outputs<kTile, decltype(vectors)::value>(a, sources, products, first, last, o, outputs);
      });
    }
  }
}

// gradient[i][o] (+)= sum over `tiles` tiles of x[t][i] * g[t][o], for M channels i.
template <int M, int V>
void AddProducts(const float* x, int64_t x_pitch, const float* g, int64_t g_pitch, int64_t tiles,
                 bool accumulate, float* gradient, int64_t gradient_pitch) {
  Vec acc[M][V] = {};
#pragma GCC unroll 16
  for (int i = 0; accumulate && i < M; ++i) {
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) acc[i][v] = Load(gradient + i * gradient_pitch + v * kLanes);
  }
  for (int64_t t = 0; t < tiles; ++t, x += x_pitch, g += g_pitch) {
    Vec w[V];
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) w[v] = Load(g + v * kLanes);
#pragma GCC unroll 16
    for (int i = 0; i < M; ++i) {
      const Vec xi = Splat(x[i]);
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) acc[i][v] += xi * w[v];
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < M; ++i) {
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) Store(gradient + i * gradient_pitch + v * kLanes, acc[i][v]);
  }
}

template <int V>
void AddProductsOfUpTo(int64_t rows, const float* x, int64_t x_pitch, const float* g,
                       int64_t g_pitch, int64_t tiles, bool accumulate, float* gradient,
                       int64_t gradient_pitch) {
  int64_t i = 0;
  for (; i + kRows <= rows; i += kRows) {
    AddProducts<kRows, V>(x + i, x_pitch, g, g_pitch, tiles, accumulate,
                          gradient + i * gradient_pitch, gradient_pitch);
  }
  for (; i + 4 <= rows; i += 4) {
    AddProducts<4, V>(x + i, x_pitch, g, g_pitch, tiles, accumulate, gradient + i * gradient_pitch,
                      gradient_pitch);
  }
  for (; i < rows; ++i) {
    AddProducts<1, V>(x + i, x_pitch, g, g_pitch, tiles, accumulate, gradient + i * gradient_pitch,
                      gradient_pitch);
  }
}

template <int kTile>
void AddWeightGrad(const WinogradWeightGradArgs<Scalar>& a, int64_t begin, int64_t end) {
  const Points x = PointsIn(a.scratch, kGradRun<kTile>, a.channels);
  const Points g = PointsIn(a.scratch + kPoints<kTile> * x.point_pitch, kGradRun<kTile>, a.outputs);
  const int64_t pitch = BlockPitch(a.outputs);
  for (int64_t first = begin; first < end; first += kGradRun<kTile>) {
    const int64_t last = first + kGradRun<kTile> < end ? first + kGradRun<kTile> : end;
    SourcePoints<kTile>(a.geometry, a.x, a.x_image_pitch, a.x_pixel_pitch, a.channels, first, last,
                        x);
    GradPoints<kTile>(a, first, last, g);
    const bool accumulate = a.accumulate || first > begin;
    for (int point = 0; point < kPoints<kTile>; ++point) {
      const float* xp = x.data + point * x.point_pitch;
      const float* gp = g.data + point * g.point_pitch;
      float* gradient = a.gradient + point * a.channels * pitch;
      int64_t o = 0;
      for (; o + kTileOutputs <= g.tile_pitch; o += kTileOutputs) {
        AddProductsOfUpTo<kVectors>(a.channels, xp, x.tile_pitch, gp + o, g.tile_pitch,
                                    last - first, accumulate, gradient + o, pitch);
      }
      for (; o < g.tile_pitch; o += kLanes) {
        AddProductsOfUpTo<1>(a.channels, xp, x.tile_pitch, gp + o, g.tile_pitch, last - first,
                             accumulate, gradient + o, pitch);
      }
    }
  }
}

}  // namespace

void WinogradConv(const WinogradConvArgs<Scalar>& a, int64_t begin, int64_t end) {
  (a.tile_side == 2 ? Convolve<2> : Convolve<4>)(a, begin, end);
}

void WinogradWeightGrad(const WinogradWeightGradArgs<Scalar>& a, int64_t begin, int64_t end) {
  (a.tile_side == 2 ? AddWeightGrad<2> : AddWeightGrad<4>)(a, begin, end);
}

}  // namespace SLIM_ISA
}  // namespace slim
