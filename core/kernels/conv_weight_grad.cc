// The gradient of a convolution's weights: rows of input channels x kTileOutputs outputs stay in
// registers over a patch of the map.
#include "core/kernels/isa_kernels.h"
#include "core/kernels/vec.h"

namespace slim {
namespace SLIM_ISA {
namespace {

constexpr int kRows = kLanes == 16 ? 12 : 6;  // input channels per register tile

// Targets of a patch: what it reads of the first input channels stays in the first-level cache
// while all taps and blocks of outputs pass.
constexpr int64_t kPatch = 64;

// A part of the map of targets, and dy there of the outputs of a tile: [row][column][width], in
// whole vectors.
struct Patch {
  int64_t h, h_end, w, w_end;
  int64_t width;
  float dy[kPatch * kTileOutputs];
};

// A line of the caches of each pixel of a window that is read soon: its first element and pitches.
struct Ahead {
  const Scalar* line;
  int64_t row, column;
};

// The part of a patch that one tap reads without touching padding.
struct Window {
  const Scalar* x;
  const float* dy;
  int64_t rows, columns;
  int64_t x_row, x_column, dy_row;  // pitches in elements
  Ahead ahead;
};

// gradient[i][o] += sum over the window of x[i] * dy[o], for M channels i and V vectors of outputs.
// On the way it asks for a line of each pixel ahead: the maps of a batch lie in memory, and all at
// once would be more than can be on the way.
template <int M, int V>
void Tile(const Window& w, float* gradient, int64_t gradient_pitch) {
  Vec acc[M][V] = {};
  for (int64_t row = 0; row < w.rows; ++row) {
    const Scalar* x = w.x + row * w.x_row;
    const float* dy = w.dy + row * w.dy_row;
    const Scalar* ahead = w.ahead.line + row * w.ahead.row;
    for (int64_t column = 0; column < w.columns; ++column, x += w.x_column, dy += V * kLanes) {
      __builtin_prefetch(ahead);
      ahead += w.ahead.column;
      Vec g[V];
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) g[v] = Load(dy + v * kLanes);
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
  WithVectors<kTileOutputs / kLanes>(
      lanes, [&](auto vectors) { Tile<M, decltype(vectors)::value>(w, gradient, gradient_pitch); });
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
      rest.ahead = {w.x, 0, 0};
      TileOfUpTo(rows - 6, rest, lanes, gradient + 6 * gradient_pitch, gradient_pitch);
    }
  }
}

// The targets [*first, *last) that read no padding through tap k; they may only become fewer.
void ClipToSource(int64_t stride, int64_t padding, int64_t k, int64_t size, int64_t* first,
                  int64_t* last) {
  const int64_t need = padding - k, room = size - 1 + padding - k;
  const int64_t low = need > 0 ? (need + stride - 1) / stride : 0;
  const int64_t high = room < 0 ? 0 : room / stride + 1;
  if (*first < low) *first = low;
  if (*last > high) *last = high;
}

// What tile number `tile` asks for while the patch meets the outputs from `first` on: first the
// lines of these outputs in the patch below, then its lines of x, of which each block of outputs
// takes some. (Below the last patch of an image lies the next one.)
Ahead AheadOf(const ConvWeightGradArgs<Scalar>& a, const Window& w, const Scalar* x,
              const Scalar* dy, int64_t patch_rows, int64_t first, int64_t tile) {
  constexpr int64_t kLines = (kTileOutputs + kLineScalars - 1) / kLineScalars;
  const int64_t dy_row = a.geometry.target_w * a.dy_pixel_pitch;
  if (tile < kLines) {
    return {dy + patch_rows * dy_row + first + tile * kLineScalars, dy_row, a.dy_pixel_pitch};
  }
  const int64_t blocks = (a.outputs + kTileOutputs - 1) / kTileOutputs;
  const int64_t i = ((tile - kLines) * blocks + first / kTileOutputs) * kLineScalars;
  if (i < a.channels) return {x + patch_rows * w.x_row + i, w.x_row, w.x_column};
  return {w.x, 0, 0};
}

// Adds what a patch of an image gives to the gradients of `lanes` outputs, those from `first` on.
void AddPatch(const ConvWeightGradArgs<Scalar>& a, const Scalar* x, const Scalar* dy,
              const Patch& patch, int64_t first, int64_t lanes, int64_t pitch) {
  const ConvGeometry& g = a.geometry;
  const int64_t columns = patch.w_end - patch.w;
  for (int64_t kh = 0; kh < g.kernel_h; ++kh) {
    int64_t h = patch.h, h_end = patch.h_end;
    ClipToSource(g.stride, g.padding, kh, g.source_h, &h, &h_end);
    for (int64_t kw = 0; kw < g.kernel_w; ++kw) {
      int64_t w = patch.w, w_end = patch.w_end;
      ClipToSource(g.stride, g.padding, kw, g.source_w, &w, &w_end);
      if (h >= h_end || w >= w_end) continue;
      const int64_t sh = h * g.stride - g.padding + kh, sw = w * g.stride - g.padding + kw;
      Window window;
      window.rows = h_end - h;
      window.columns = w_end - w;
      window.x_row = g.stride * g.source_w * a.x_pixel_pitch;
      window.x_column = g.stride * a.x_pixel_pitch;
      window.dy_row = columns * patch.width;
      window.dy = patch.dy + ((h - patch.h) * columns + (w - patch.w)) * patch.width;
      const Scalar* x_tap = x + (sh * g.source_w + sw) * a.x_pixel_pitch;
      const Scalar* dy_window = dy + (h * g.target_w + w) * a.dy_pixel_pitch;
      float* tap = a.gradient + (kh * g.kernel_w + kw) * a.channels * pitch + first;
      const bool asks = kh == g.padding && kw == g.padding;  // by the tap that meets every target
      window.ahead = {x_tap, 0, 0};
      for (int64_t i = 0; i < a.channels; i += kRows) {
        window.x = x_tap + i;
        if (asks) {
          window.ahead =
              AheadOf(a, window, x_tap, dy_window, patch.h_end - patch.h, first, i / kRows);
        }
        TileOfUpTo(a.channels - i, window, lanes, tap + i * pitch, pitch);
      }
    }
  }
}

}  // namespace

void ConvWeightGrad(const ConvWeightGradArgs<Scalar>& a, int64_t image_begin, int64_t image_end) {
  const ConvGeometry& g = a.geometry;
  const int64_t pitch = BlockPitch(a.outputs);
  const int64_t columns = g.target_w < kPatch ? g.target_w : kPatch, rows = kPatch / columns;
  Patch patch;
  for (int64_t image = image_begin; image < image_end; ++image) {
    const Scalar* x = a.x + image * a.x_image_pitch;
    const Scalar* dy = a.dy + image * a.dy_image_pitch;
    for (patch.h = 0; patch.h < g.target_h; patch.h = patch.h_end) {
      patch.h_end = patch.h + rows < g.target_h ? patch.h + rows : g.target_h;
      for (patch.w = 0; patch.w < g.target_w; patch.w = patch.w_end) {
        patch.w_end = patch.w + columns < g.target_w ? patch.w + columns : g.target_w;
        for (int64_t o = 0; o < a.outputs; o += kTileOutputs) {
          const int64_t lanes = a.outputs - o < kTileOutputs ? a.outputs - o : kTileOutputs;
          patch.width = (lanes + kLanes - 1) / kLanes * kLanes;
          float* to = patch.dy;
          for (int64_t h = patch.h; h < patch.h_end; ++h) {
            const Scalar* from = dy + (h * g.target_w + patch.w) * a.dy_pixel_pitch + o;
            for (int64_t w = patch.w; w < patch.w_end; ++w, from += a.dy_pixel_pitch) {
              for (int64_t v = 0; v < patch.width; v += kLanes, to += kLanes) {
                Store(to, LoadUpTo(from + v, lanes - v));
              }
            }
          }
          AddPatch(a, x, dy, patch, o, lanes, pitch);
        }
      }
    }
  }
}

}  // namespace SLIM_ISA
}  // namespace slim
