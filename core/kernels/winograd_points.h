// Winograd's F(m x m, 3x3): how sources, weights and targets of a tile become numbers at
// (m + 2) x (m + 2) points and back, and where tiles lie.
//
// Each transform of a square is one of a line, along its columns and then along its rows. Of
// F(2, 3) all factors are 0, 1 and 1/2. F(4, 3) interpolates at 0, +-3/4, +-3/2 and infinity:
// factors that are exact in floats, and a third of the rounding error that Lavin and Gray's
// 0, +-1, +-2 has.
//
// For sources that are compiled once per instruction set: all is internal (vec.h).
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
  // The points a and b, their squares and cubes, and what interpolation divides by there.
  static constexpr T a = 0.75, a2 = 0.5625, a3 = 0.421875;
  static constexpr T b = 1.5, b2 = 2.25, b3 = 3.375;
  static constexpr T sum2 = a2 + b2, product2 = a2 * b2;
  static constexpr T at_0 = 1 / product2, at_a = 1 / (2 * a2 * (a2 - b2)),
                     at_b = 1 / (2 * b2 * (b2 - a2));

  template <class V>
  static void Source(const V d[6], V m[6]) {
    const V even_a = d[4] - b2 * d[2], odd_a = d[3] - b2 * d[1];
    const V even_b = d[4] - a2 * d[2], odd_b = d[3] - a2 * d[1];
    m[0] = product2 * d[0] + (d[4] - sum2 * d[2]);
    m[1] = even_a + a * odd_a;
    m[2] = even_a - a * odd_a;
    m[3] = even_b + b * odd_b;
    m[4] = even_b - b * odd_b;
    m[5] = product2 * d[1] + (d[5] - sum2 * d[3]);
  }
  template <class V>
  static void Target(const V m[6], V y[4]) {
    const V even_a = m[1] + m[2], odd_a = m[1] - m[2];
    const V even_b = m[3] + m[4], odd_b = m[3] - m[4];
    y[0] = m[0] + even_a + even_b;
    y[1] = a * odd_a + b * odd_b;
    y[2] = a2 * even_a + b2 * even_b;
    y[3] = a3 * odd_a + (b3 * odd_b + m[5]);
  }
  template <class V>
  static void TargetGrad(const V y[4], V m[6]) {
    const V even_a = y[0] + a2 * y[2], odd_a = a * y[1] + a3 * y[3];
    const V even_b = y[0] + b2 * y[2], odd_b = b * y[1] + b3 * y[3];
    m[0] = y[0];
    m[1] = even_a + odd_a;
    m[2] = even_a - odd_a;
    m[3] = even_b + odd_b;
    m[4] = even_b - odd_b;
    m[5] = y[3];
  }
  template <class V>
  static void Weight(const V w[3], V m[6]) {
    const V even_a = at_a * w[0] + at_a * a2 * w[2], odd_a = at_a * a * w[1];
    const V even_b = at_b * w[0] + at_b * b2 * w[2], odd_b = at_b * b * w[1];
    m[0] = at_0 * w[0];
    m[1] = even_a + odd_a;
    m[2] = even_a - odd_a;
    m[3] = even_b + odd_b;
    m[4] = even_b - odd_b;
    m[5] = w[2];
  }
  template <class V>
  static void WeightGrad(const V m[6], V w[3]) {
    const V even_a = at_a * (m[1] + m[2]), odd_a = at_a * a * (m[1] - m[2]);
    const V even_b = at_b * (m[3] + m[4]), odd_b = at_b * b * (m[3] - m[4]);
    w[0] = at_0 * m[0] + even_a + even_b;
    w[1] = odd_a + odd_b;
    w[2] = a2 * even_a + b2 * even_b + m[5];
  }
};

// store(r, c, v) with v = (F x F^T)[r][c], where line(x, y) is y = F x and load(c, x) gives column
// c of the square. Not unrolled: 36 vectors do not fit into registers.
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
