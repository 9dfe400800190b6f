// Winograd's F(m x m, 3x3): how sources, weights and targets of a tile become numbers at
// (m + 2) x (m + 2) points and back, and where tiles lie.
//
// Each transform of a square is one of a line, along its columns and then along its rows. Of
// F(2, 3) all factors are 0, 1 and 1/2. F(4, 3) interpolates at 0, +-3/4, +-3/2 and infinity: those
// of A and B are exact in floats, and results have half the rounding error that they have with
// Lavin and Gray's 0, +-1, +-2.
//
// Also for sources that are compiled once per instruction set: all is internal (vec.h), so only
// sources include this.
#ifndef SLIMSPLIT_CORE_KERNELS_WINOGRAD_POINTS_H_
#define SLIMSPLIT_CORE_KERNELS_WINOGRAD_POINTS_H_

#include "core/kernels/gather.h"

namespace slim {
namespace {

// The transforms of a line; V: a number of type T, or a vector of them.
template <int kTile, class T>
struct Winograd;

template <class T>
struct Winograd<2, T> {
  // m = B^T d
  template <class V>
  static void Source(const V d[4], V m[4]) {
    m[0] = d[0] - d[2];
    m[1] = d[1] + d[2];
    m[2] = d[2] - d[1];
    m[3] = d[1] - d[3];
  }
  // y = A^T m
  template <class V>
  static void Target(const V m[4], V y[2]) {
    y[0] = m[0] + m[1] + m[2];
    y[1] = m[1] - m[2] - m[3];
  }
  // m = A y
  template <class V>
  static void TargetGrad(const V y[2], V m[4]) {
    m[0] = y[0];
    m[1] = y[0] + y[1];
    m[2] = y[0] - y[1];
    m[3] = -y[1];
  }
  // m = G w
  template <class V>
  static void Weight(const V w[3], V m[4]) {
    const V even = (w[0] + w[2]) / 2, odd = w[1] / 2;
    m[0] = w[0];
    m[1] = even + odd;
    m[2] = even - odd;
    m[3] = w[2];
  }
  // w = G^T m
  template <class V>
  static void WeightGrad(const V m[4], V w[3]) {
    const V even = (m[1] + m[2]) / 2;
    w[0] = m[0] + even;
    w[1] = (m[1] - m[2]) / 2;
    w[2] = even + m[3];
  }
};

template <class T>
struct Winograd<4, T> {
  // The points a and b, their squares and cubes, and by what interpolation multiplies there.
  static constexpr T kA = 0.75, kA2 = 0.5625, kA3 = 0.421875;
  static constexpr T kB = 1.5, kB2 = 2.25, kB3 = 3.375;
  static constexpr T kSum2 = kA2 + kB2, kProduct2 = kA2 * kB2;
  static constexpr T kAt0 = 1 / kProduct2, kAtA = 1 / (2 * kA2 * (kA2 - kB2)),
                     kAtB = 1 / (2 * kB2 * (kB2 - kA2));

  template <class V>
  static void Source(const V d[6], V m[6]) {
    const V even_a = d[4] - kB2 * d[2], odd_a = d[3] - kB2 * d[1];
    const V even_b = d[4] - kA2 * d[2], odd_b = d[3] - kA2 * d[1];
    m[0] = kProduct2 * d[0] + (d[4] - kSum2 * d[2]);
    m[1] = even_a + kA * odd_a;
    m[2] = even_a - kA * odd_a;
    m[3] = even_b + kB * odd_b;
    m[4] = even_b - kB * odd_b;
    m[5] = kProduct2 * d[1] + (d[5] - kSum2 * d[3]);
  }
  template <class V>
  static void Target(const V m[6], V y[4]) {
    const V even_a = m[1] + m[2], odd_a = m[1] - m[2];
    const V even_b = m[3] + m[4], odd_b = m[3] - m[4];
    y[0] = m[0] + even_a + even_b;
    y[1] = kA * odd_a + kB * odd_b;
    y[2] = kA2 * even_a + kB2 * even_b;
    y[3] = kA3 * odd_a + (kB3 * odd_b + m[5]);
  }
  template <class V>
  static void TargetGrad(const V y[4], V m[6]) {
    const V even_a = y[0] + kA2 * y[2], odd_a = kA * y[1] + kA3 * y[3];
    const V even_b = y[0] + kB2 * y[2], odd_b = kB * y[1] + kB3 * y[3];
    m[0] = y[0];
    m[1] = even_a + odd_a;
    m[2] = even_a - odd_a;
    m[3] = even_b + odd_b;
    m[4] = even_b - odd_b;
    m[5] = y[3];
  }
  template <class V>
  static void Weight(const V w[3], V m[6]) {
    const V even_a = kAtA * w[0] + kAtA * kA2 * w[2], odd_a = kAtA * kA * w[1];
    const V even_b = kAtB * w[0] + kAtB * kB2 * w[2], odd_b = kAtB * kB * w[1];
    m[0] = kAt0 * w[0];
    m[1] = even_a + odd_a;
    m[2] = even_a - odd_a;
    m[3] = even_b + odd_b;
    m[4] = even_b - odd_b;
    m[5] = w[2];
  }
  template <class V>
  static void WeightGrad(const V m[6], V w[3]) {
    const V even_a = kAtA * (m[1] + m[2]), odd_a = kAtA * kA * (m[1] - m[2]);
    const V even_b = kAtB * (m[3] + m[4]), odd_b = kAtB * kB * (m[3] - m[4]);
    w[0] = kAt0 * m[0] + even_a + even_b;
    w[1] = odd_a + odd_b;
    w[2] = kA2 * even_a + kB2 * even_b + m[5];
  }
};

// store(r, c, v) with v = (F x F^T)[r][c], where line(x, y) is y = F x and load(c, x) gives column
// c of the square. Not unrolled, as 36 vectors would not fit into registers.
template <int kIn, int kOut, class V, class Line, class LoadColumn, class Store>
inline void TransformSquare(const Line& line, const LoadColumn& load, const Store& store) {
  V rows[kOut][kIn];
#pragma GCC unroll 1
  for (int c = 0; c < kIn; ++c) {
    V x[kIn], y[kOut];
    load(c, x);
    line(x, y);
#pragma GCC unroll 6
    for (int r = 0; r < kOut; ++r) rows[r][c] = y[r];
  }
#pragma GCC unroll 1
  for (int r = 0; r < kOut; ++r) {
    V y[kOut];
    line(rows[r], y);
#pragma GCC unroll 6
    for (int c = 0; c < kOut; ++c) store(r, c, y[c]);
  }
}

// The same from and to [..][..] numbers that lie one after the other.
template <int kIn, int kOut, class V, class Line>
inline void TransformSquare(const Line& line, const V* square, V* transformed) {
  TransformSquare<kIn, kOut, V>(
      line,
      [&](int c, V x[kIn]) {
        for (int r = 0; r < kIn; ++r) x[r] = square[r * kIn + c];
      },
      [&](int r, int c, const V& v) { transformed[r * kOut + c] = v; });
}

// Goes from tile to tile through all images.
template <int kTile>
struct TilePlace {
  int64_t image, h, w;  // of its first target
  TilePlace(const ConvGeometry& g, int64_t index) {
    const int64_t columns = (g.target_w + kTile - 1) / kTile;
    const int64_t tiles = (g.target_h + kTile - 1) / kTile * columns;
    image = index / tiles;
    h = index % tiles / columns * kTile;
    w = index % tiles % columns * kTile;
  }
  void Next(const ConvGeometry& g) {
    w += kTile;
    if (w < g.target_w) return;
    w = 0;
    h += kTile;
    if (h < g.target_h) return;
    h = 0;
    ++image;
  }
};

// A square of a map of height x width pixels, of which a part may lie outside.
template <int kSide, class T>
class Window {
 public:
  Window(const T* map, int64_t height, int64_t width, int64_t pixel_pitch, int64_t top,
         int64_t left)
      : map_(map),
        height_(height),
        width_(width),
        pixel_pitch_(pixel_pitch),
        top_(top),
        left_(left) {}

  bool HasRow(int r) const { return top_ + r >= 0 && top_ + r < height_; }
  bool HasColumn(int c) const { return left_ + c >= 0 && left_ + c < width_; }
  // Where column 0 is or would be of row r, or of the nearest that is there.
  const T* Row(int r) const {
    const int64_t h = top_ + r < 0 ? 0 : top_ + r < height_ ? top_ + r : height_ - 1;
    return map_ + (h * width_ + left_) * pixel_pitch_;
  }
  int64_t pixel_pitch() const { return pixel_pitch_; }

 private:
  const T* map_;
  int64_t height_, width_, pixel_pitch_, top_, left_;
};

}  // namespace
}  // namespace slim

#endif  // SLIMSPLIT_CORE_KERNELS_WINOGRAD_POINTS_H_
