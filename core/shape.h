// Shape: the sizes of a tensor, at most five axes, outermost first.
//
// Activations always have four axes [N][H][W][C]; a feature vector is [N][1][1][C]. Convolution
// weights have five, [G][O/G][KH][KW][I/G], so that a width is a prefix of each axis for every
// number of groups G.
#ifndef SLIMSPLIT_CORE_SHAPE_H_
#define SLIMSPLIT_CORE_SHAPE_H_

#include <stdint.h>

namespace slim {

inline constexpr int kMaxRank = 5;

// a * b, or INT64_MAX when the product does not fit. Both must be >= 0.
inline int64_t SaturatingMul(int64_t a, int64_t b) {
  int64_t product;
  return __builtin_mul_overflow(a, b, &product) ? INT64_MAX : product;
}

struct Shape {
  int rank = 0;
  int64_t dim[kMaxRank] = {};

  constexpr Shape() = default;
  constexpr explicit Shape(int64_t a) : rank(1), dim{a} {}
  constexpr Shape(int64_t a, int64_t b) : rank(2), dim{a, b} {}
  constexpr Shape(int64_t a, int64_t b, int64_t c) : rank(3), dim{a, b, c} {}
  constexpr Shape(int64_t a, int64_t b, int64_t c, int64_t d) : rank(4), dim{a, b, c, d} {}
  constexpr Shape(int64_t a, int64_t b, int64_t c, int64_t d, int64_t e)
      : rank(5), dim{a, b, c, d, e} {}

  // Number of elements; INT64_MAX when it does not fit 64 bits.
  int64_t Count() const {
    int64_t count = 1;
    for (int i = 0; i < rank; ++i) count = SaturatingMul(count, dim[i]);
    return count;
  }

  // Of an activation [N][H][W][C].
  constexpr int64_t n() const { return dim[0]; }
  constexpr int64_t h() const { return dim[1]; }
  constexpr int64_t w() const { return dim[2]; }
  constexpr int64_t c() const { return dim[3]; }
  constexpr int64_t pixels() const { return dim[0] * dim[1] * dim[2]; }

  friend constexpr bool operator==(const Shape& a, const Shape& b) {
    if (a.rank != b.rank) return false;
    for (int i = 0; i < a.rank; ++i) {
      if (a.dim[i] != b.dim[i]) return false;
    }
    return true;
  }
  friend constexpr bool operator!=(const Shape& a, const Shape& b) { return !(a == b); }
};

}  // namespace slim

#endif  // SLIMSPLIT_CORE_SHAPE_H_
