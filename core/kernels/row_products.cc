// Products of rows with rows: a linear layer, whose few images read its weights as they are stored.
#include "core/kernels/isa_kernels.h"
#include "core/kernels/vec.h"

namespace slim {
namespace SLIM_ISA {
namespace {

// Rows of b that are read at once, each through a sum of its own, so that additions do not wait for
// each other; and rows of a that share what is read.
constexpr int kRowsOfB = 4, kRowsOfA = 2;

inline float Sum(Vec v) {
  float sum = v[0];
#pragma GCC unroll 16
  for (int lane = 1; lane < kLanes; ++lane) sum += v[lane];
  return sum;
}

// c[m][n] for M rows of a and N of b. How a product rounds does not depend on M or N.
template <int M, int N>
inline void Products(const GemmArgs<float>& g, int64_t m, int64_t n) {
  const float* a = g.a + m * g.a_pitch;
  const float* b = g.b + n * g.b_pitch;
  const int64_t k = g.k, a_pitch = g.a_pitch, b_pitch = g.b_pitch;
  Vec sum[M][N] = {};
  const auto add = [&](auto load, int64_t i) {
    Vec x[M];
#pragma GCC unroll 4
    for (int r = 0; r < M; ++r) x[r] = load(a + r * a_pitch + i);
#pragma GCC unroll 4
    for (int c = 0; c < N; ++c) {
      const Vec w = load(b + c * b_pitch + i);
#pragma GCC unroll 4
      for (int r = 0; r < M; ++r) sum[r][c] += x[r] * w;
    }
  };
  int64_t i = 0;
  for (; i + kLanes <= k; i += kLanes) add([](const float* p) { return Load(p); }, i);
  const int rest = static_cast<int>(k - i);
  if (rest > 0) add([rest](const float* p) { return LoadFirst(p, rest); }, i);
  for (int r = 0; r < M; ++r) {
    for (int c = 0; c < N; ++c) {
      float* y = g.c + (m + r) * g.c_pitch + n + c;
      *y = (g.accumulate ? *y : 0) + Sum(sum[r][c]);
    }
  }
}

// The rows of b stay in the cache while those of a pass.
template <int N>
void Columns(const GemmArgs<float>& g, int64_t n) {
  int64_t m = 0;
  for (; m + kRowsOfA <= g.m; m += kRowsOfA) Products<kRowsOfA, N>(g, m, n);
  for (; m < g.m; ++m) Products<1, N>(g, m, n);
}

}  // namespace

void RowProducts(const GemmArgs<float>& g) {
  int64_t n = 0;
  for (; n + kRowsOfB <= g.n; n += kRowsOfB) Columns<kRowsOfB>(g, n);
  for (; n < g.n; ++n) Columns<1>(g, n);
}

}  // namespace SLIM_ISA
}  // namespace slim
