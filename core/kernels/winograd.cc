// Winograd's F(2x2, 3x3): a run of tiles is brought to its 16 points, multiplied there, and brought
// back.
#include "core/kernels/isa_kernels.h"
#include "core/kernels/vec.h"
#include "core/kernels/winograd_tile.h"

namespace slim {
namespace SLIM_ISA {
namespace {

constexpr int kRows = kLanes == 16 ? 12 : 6;  // of a register tile
constexpr int64_t kGroups = 4;                // register tiles of a run of the convolution
constexpr int64_t kRun = kGroups * kRows;
constexpr int64_t kGradRun = 48;
constexpr int kVectors = kBlock / kLanes;
static_assert(kRun <= kWinogradRun && kGradRun <= kWinogradRun, "scratch memory");

int64_t RoundUpToLanes(int64_t count) { return (count + kLanes - 1) / kLanes * kLanes; }

// One run of tiles at all points: [point][tile][channel].
struct Points {
  float* data;
  int64_t tile_pitch, point_pitch;
};

Points PointsIn(float* memory, int64_t channels) {
  const int64_t tile = RoundUpToLanes(channels);
  return {memory, tile, kWinogradRun * tile + kBlock};
}

// B^T d B of the 4x4 sources that each tile reads.
void SourcePoints(const ConvGeometry& g, const float* source, int64_t image_pitch,
                  int64_t pixel_pitch, int64_t channels, const float* zeros, int64_t begin,
                  int64_t end, const Points& points) {
  TilePlace place(g, begin);
  for (int64_t t = begin; t < end; ++t, place.Next(g)) {
    const float* d[4][4];
    FindSources(g, place, source + place.image * image_pitch, pixel_pitch, zeros, d);
    float* to = points.data + (t - begin) * points.tile_pitch;
    int64_t i = 0;
    const auto store = [&](int point, Vec v) { Store(to + i + point * points.point_pitch, v); };
    for (; i + kLanes <= channels; i += kLanes) {
      SourceToPoints<Vec>([&](int r, int c) { return Load(d[r][c] + i); }, store);
    }
    if (i < channels) {
      const int lanes = static_cast<int>(channels - i);
      SourceToPoints<Vec>([&](int r, int c) { return LoadFirst(d[r][c] + i, lanes); }, store);
    }
  }
}

// A d A^T of the 2x2 gradients of each tile.
void GradPoints(const WinogradWeightGradArgs<float>& a, int64_t begin, int64_t end,
                const Points& points) {
  const ConvGeometry& g = a.geometry;
  TilePlace place(g, begin);
  for (int64_t t = begin; t < end; ++t, place.Next(g)) {
    const float* d[2][2];
    for (int r = 0; r < 2; ++r) {
      for (int c = 0; c < 2; ++c) {
        const int64_t h = place.h + r, w = place.w + c;
        d[r][c] = h < g.target_h && w < g.target_w ? a.dy + place.image * a.dy_image_pitch +
                                                         (h * g.target_w + w) * a.dy_pixel_pitch
                                                   : a.zeros;
      }
    }
    float* to = points.data + (t - begin) * points.tile_pitch;
    for (int64_t o = 0; o < a.outputs; o += kLanes, to += kLanes) {
      const int64_t lanes = a.outputs - o;
      Vec m[4][2];
#pragma GCC unroll 2
      for (int c = 0; c < 2; ++c) {
        const Vec d0 = LoadUpTo(d[0][c] + o, lanes), d1 = LoadUpTo(d[1][c] + o, lanes);
        m[0][c] = d0;
        m[1][c] = d0 + d1;
        m[2][c] = d0 - d1;
        m[3][c] = -d1;
      }
#pragma GCC unroll 4
      for (int r = 0; r < 4; ++r) {
        Store(to + (4 * r + 0) * points.point_pitch, m[r][0]);
        Store(to + (4 * r + 1) * points.point_pitch, m[r][0] + m[r][1]);
        Store(to + (4 * r + 2) * points.point_pitch, m[r][0] - m[r][1]);
        Store(to + (4 * r + 3) * points.point_pitch, -m[r][1]);
      }
    }
  }
}

// products[j][o] = sum over channels of x[j][c] * weight[c][o], for kRows tiles.
template <int V>
void Multiply(const float* x, int64_t tile_pitch, const float* weight, int64_t channels,
              float* products) {
  Vec acc[kRows][V] = {};
  for (int64_t c = 0; c < channels; ++c, ++x, weight += kBlock) {
    Vec w[V];
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) w[v] = Load(weight + v * kLanes);
#pragma GCC unroll 16
    for (int j = 0; j < kRows; ++j) {
      const Vec xj = Splat(x[j * tile_pitch]);
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) acc[j][v] += xj * w[v];
    }
  }
#pragma GCC unroll 16
  for (int j = 0; j < kRows; ++j) {
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) Store(products + j * kBlock + v * kLanes, acc[j][v]);
  }
}

// A^T m A of each tile, with the epilogue, for one block of `outputs` <= V * kLanes channels.
template <int V>
void Targets(const WinogradConvArgs<float>& a, const Points& products, int64_t begin, int64_t end,
             int64_t first_output, int64_t outputs) {
  const ConvGeometry& g = a.geometry;
  const Epilogue<float>& e = a.epilogue;
  const Vec low = Splat(e.clamp.low), high = Splat(e.clamp.high);
#pragma GCC unroll 4
  for (int v = 0; v < V; ++v) {
    const int64_t o = first_output + v * kLanes, lanes = outputs - v * kLanes;
    const Vec scale = e.scale == nullptr ? Splat(1) : LoadUpTo(e.scale + o, lanes);
    const Vec bias = e.bias == nullptr ? Splat(0) : LoadUpTo(e.bias + o, lanes);
    TilePlace place(g, begin);
    for (int64_t t = begin; t < end; ++t, place.Next(g)) {
      const float* from = products.data + (t - begin) * products.tile_pitch + v * kLanes;
      Vec m[2][4];
#pragma GCC unroll 4
      for (int c = 0; c < 4; ++c) {
        const Vec m0 = Load(from + c * products.point_pitch);
        const Vec m1 = Load(from + (4 + c) * products.point_pitch);
        const Vec m2 = Load(from + (8 + c) * products.point_pitch);
        const Vec m3 = Load(from + (12 + c) * products.point_pitch);
        m[0][c] = m0 + m1 + m2;
        m[1][c] = m1 - m2 - m3;
      }
#pragma GCC unroll 2
      for (int r = 0; r < 2; ++r) {
        if (place.h + r >= g.target_h) break;
        const Vec sums[2] = {m[r][0] + m[r][1] + m[r][2], m[r][1] - m[r][2] - m[r][3]};
        const int64_t row = place.image * a.target_image_pitch +
                            ((place.h + r) * g.target_w + place.w) * a.target_pixel_pitch + o;
#pragma GCC unroll 2
        for (int c = 0; c < 2; ++c) {
          if (place.w + c >= g.target_w) break;
          const int64_t offset = row + c * a.target_pixel_pitch;
          Vec value = sums[c] * scale + bias;
          if (e.residual != nullptr) value += LoadUpTo(e.residual + offset, lanes);
          value = Limit(value, low, high);
          if (a.accumulate) value += LoadUpTo(a.target + offset, lanes);
          StoreUpTo(a.target + offset, value, lanes);
        }
      }
    }
  }
}

template <int V>
void Block(const WinogradConvArgs<float>& a, const Points& sources, const Points& products,
           int64_t begin, int64_t end, int64_t block, int64_t outputs) {
  for (int point = 0; point < kWinogradPoints; ++point) {
    const float* weight = a.packed + block * a.block_pitch + point * a.point_pitch;
    for (int64_t t = 0; t < end - begin; t += kRows) {
      Multiply<V>(sources.data + point * sources.point_pitch + t * sources.tile_pitch,
                  sources.tile_pitch, weight, a.channels,
                  products.data + point * products.point_pitch + t * products.tile_pitch);
    }
  }
  Targets<V>(a, products, begin, end, block * kBlock, outputs);
}

// gradient[i][o] += sum over `tiles` tiles of x[t][i] * g[t][o], for M channels i.
template <int M, int V>
void AddProducts(const float* x, int64_t x_pitch, const float* g, int64_t g_pitch, int64_t tiles,
                 float* gradient, int64_t gradient_pitch) {
  Vec acc[M][V];
#pragma GCC unroll 16
  for (int i = 0; i < M; ++i) {
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
                       int64_t g_pitch, int64_t tiles, float* gradient, int64_t gradient_pitch) {
  int64_t i = 0;
  for (; i + kRows <= rows; i += kRows) {
    AddProducts<kRows, V>(x + i, x_pitch, g, g_pitch, tiles, gradient + i * gradient_pitch,
                          gradient_pitch);
  }
  for (; i + 4 <= rows; i += 4) {
    AddProducts<4, V>(x + i, x_pitch, g, g_pitch, tiles, gradient + i * gradient_pitch,
                      gradient_pitch);
  }
  for (; i < rows; ++i) {
    AddProducts<1, V>(x + i, x_pitch, g, g_pitch, tiles, gradient + i * gradient_pitch,
                      gradient_pitch);
  }
}

}  // namespace

void WinogradConv(const WinogradConvArgs<float>& a, int64_t begin, int64_t end) {
  const Points sources = PointsIn(a.scratch, a.channels);
  const Points products = {a.scratch + kWinogradPoints * sources.point_pitch, kBlock,
                           kRun * kBlock + kBlock};
  for (int64_t first = begin; first < end; first += kRun) {
    const int64_t last = first + kRun < end ? first + kRun : end;
    SourcePoints(a.geometry, a.source, a.source_image_pitch, a.source_pixel_pitch, a.channels,
                 a.zeros, first, last, sources);
    for (int64_t block = 0; block * kBlock < a.outputs; ++block) {
      const int64_t rest = a.outputs - block * kBlock;
      const int64_t outputs = rest < kBlock ? rest : kBlock;
      WithVectors<kVectors>(outputs, [&](auto vectors) {
        Block<decltype(vectors)::value>(a, sources, products, first, last, block, outputs);
      });
    }
  }
}

void WinogradWeightGrad(const WinogradWeightGradArgs<float>& a, int64_t begin, int64_t end) {
  const Points x = PointsIn(a.scratch, a.channels);
  const Points g = PointsIn(a.scratch + kWinogradPoints * x.point_pitch, a.outputs);
  const int64_t pitch = BlockPitch(a.outputs);
  for (int64_t first = begin; first < end; first += kGradRun) {
    const int64_t last = first + kGradRun < end ? first + kGradRun : end;
    SourcePoints(a.geometry, a.x, a.x_image_pitch, a.x_pixel_pitch, a.channels, a.zeros, first,
                 last, x);
    GradPoints(a, first, last, g);
    for (int point = 0; point < kWinogradPoints; ++point) {
      const float* xp = x.data + point * x.point_pitch;
      const float* gp = g.data + point * g.point_pitch;
      float* gradient = a.gradient + point * a.channels * pitch;
      int64_t o = 0;
      for (; o + kBlock <= g.tile_pitch; o += kBlock) {
        AddProductsOfUpTo<kVectors>(a.channels, xp, x.tile_pitch, gp + o, g.tile_pitch,
                                    last - first, gradient + o, pitch);
      }
      for (; o < g.tile_pitch; o += kLanes) {
        AddProductsOfUpTo<1>(a.channels, xp, x.tile_pitch, gp + o, g.tile_pitch, last - first,
                             gradient + o, pitch);
      }
    }
  }
}

}  // namespace SLIM_ISA
}  // namespace slim
