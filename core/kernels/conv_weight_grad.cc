// The gradient of a convolution's weights: rows of input channels x one block of outputs stay in
// registers over a map.
#include "core/kernels/isa_kernels.h"
#include "core/kernels/vec.h"

namespace slim {
namespace SLIM_ISA {
namespace {

constexpr int kRows = kLanes == 16 ? 12 : 6;  // input channels per register tile

// The part of one image that one tap reads without touching padding.
struct Window {
  const float* x;
  const float* dy;
  int64_t rows, columns;
  int64_t x_row, x_column, dy_row, dy_column;  // pitches in elements
};

// gradient[i][o] += sum over the window of x[i] * dy[o], for M channels i and `lanes` <= V * kLanes
// outputs o.
template <int M, int V>
void Tile(const Window& w, int64_t lanes, float* gradient, int64_t gradient_pitch) {
  Vec acc[M][V] = {};
  const int64_t last = lanes - (V - 1) * kLanes;  // lanes in the last vector
  for (int64_t row = 0; row < w.rows; ++row) {
    const float* x = w.x + row * w.x_row;
    const float* dy = w.dy + row * w.dy_row;
    for (int64_t column = 0; column < w.columns; ++column, x += w.x_column, dy += w.dy_column) {
      Vec g[V];
#pragma GCC unroll 4
      for (int v = 0; v < V - 1; ++v) g[v] = Load(dy + v * kLanes);
      g[V - 1] = LoadUpTo(dy + (V - 1) * kLanes, last);
#pragma GCC unroll 16
      for (int i = 0; i < M; ++i) {
        const Vec xi = Splat(x[i]);
#pragma GCC unroll 4
        for (int v = 0; v < V; ++v) acc[i][v] += xi * g[v];
      }
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < M; ++i) {
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) {
      float* to = gradient + i * gradient_pitch + v * kLanes;
      Store(to, Load(to) + acc[i][v]);
    }
  }
}

template <int M>
void TileOfRows(const Window& w, int64_t lanes, float* gradient, int64_t gradient_pitch) {
  constexpr int kVectors = kBlock / kLanes;
  if (lanes * 2 > kBlock || kVectors == 1) {
    Tile<M, kVectors>(w, lanes, gradient, gradient_pitch);
  } else {
    Tile<M, (kVectors + 1) / 2>(w, lanes, gradient, gradient_pitch);
  }
}

// Input channels in tiles of kRows, what is left in smaller ones.
void TileOfUpTo(int64_t rows, const Window& w, int64_t lanes, float* gradient,
                int64_t gradient_pitch) {
  if (rows >= kRows) return TileOfRows<kRows>(w, lanes, gradient, gradient_pitch);
  switch (rows) {
    case 1:
      return TileOfRows<1>(w, lanes, gradient, gradient_pitch);
    case 2:
      return TileOfRows<2>(w, lanes, gradient, gradient_pitch);
    case 3:
      return TileOfRows<3>(w, lanes, gradient, gradient_pitch);
    case 4:
      return TileOfRows<4>(w, lanes, gradient, gradient_pitch);
    case 5:
      return TileOfRows<5>(w, lanes, gradient, gradient_pitch);
    default: {
      // 6 .. kRows-1 exist only where tiles are 12 rows high.
      TileOfRows<6>(w, lanes, gradient, gradient_pitch);
      if (rows == 6) return;
      Window rest = w;
      rest.x += 6;
      TileOfUpTo(rows - 6, rest, lanes, gradient + 6 * gradient_pitch, gradient_pitch);
    }
  }
}

// The target indices [first, last) for which t * stride - padding + k lies in [0, size).
void ValidRange(int64_t targets, int64_t stride, int64_t padding, int64_t k, int64_t size,
                int64_t* first, int64_t* last) {
  const int64_t need = padding - k;
  *first = need > 0 ? (need + stride - 1) / stride : 0;
  const int64_t room = size - 1 + padding - k;
  *last = room < 0 ? 0 : room / stride + 1;
  if (*last > targets) *last = targets;
}

}  // namespace

void ConvWeightGrad(const ConvWeightGradArgs<float>& a, int64_t image_begin, int64_t image_end) {
  const ConvGeometry& g = a.geometry;
  const int64_t pitch = BlockPitch(a.outputs);
  for (int64_t image = image_begin; image < image_end; ++image) {
    const float* x = a.x + image * a.x_image_pitch;
    const float* dy = a.dy + image * a.dy_image_pitch;
    for (int64_t kh = 0; kh < g.kernel_h; ++kh) {
      int64_t h0, h1;
      ValidRange(g.target_h, g.stride, g.padding, kh, g.source_h, &h0, &h1);
      for (int64_t kw = 0; kw < g.kernel_w; ++kw) {
        int64_t w0, w1;
        ValidRange(g.target_w, g.stride, g.padding, kw, g.source_w, &w0, &w1);
        if (h0 >= h1 || w0 >= w1) continue;
        Window window;
        window.rows = h1 - h0;
        window.columns = w1 - w0;
        window.x_row = g.stride * g.source_w * a.x_pixel_pitch;
        window.x_column = g.stride * a.x_pixel_pitch;
        window.dy_row = g.target_w * a.dy_pixel_pitch;
        window.dy_column = a.dy_pixel_pitch;
        const float* x_tap =
            x + ((h0 * g.stride - g.padding + kh) * g.source_w + (w0 * g.stride - g.padding + kw)) *
                    a.x_pixel_pitch;
        const float* dy_tap = dy + (h0 * g.target_w + w0) * a.dy_pixel_pitch;
        float* tap = a.gradient + (kh * g.kernel_w + kw) * a.channels * pitch;
        for (int64_t o = 0; o < a.outputs; o += kBlock) {
          const int64_t lanes = a.outputs - o < kBlock ? a.outputs - o : kBlock;
          window.dy = dy_tap + o;
          for (int64_t i = 0; i < a.channels; i += kRows) {
            window.x = x_tap + i;
            TileOfUpTo(a.channels - i, window, lanes, tap + i * pitch + o, pitch);
          }
        }
      }
    }
  }
}

}  // namespace SLIM_ISA
}  // namespace slim
