// Sums over the pixels of [pixel][channel], for each channel: moments, and what the gradient of a
// normalisation needs.
#include "core/kernels/channel_rows.h"
#include "core/kernels/isa_kernels.h"
#include "core/kernels/vec.h"

namespace slim {
namespace SLIM_ISA {
namespace {

// Sums are kept in float for this many rows or pixels, then added in double.
constexpr int64_t kRun = 64;

inline void AddTo(double* sums, Vec v, int64_t lanes) {
  for (int64_t i = 0; i < lanes && i < kLanes; ++i) sums[i] += v[i];
}

constexpr int kSums = 4;  // vectors that are added to at once: one would wait for itself

// Adds V vectors of each of `rows` rows, from number k of a row on, to the sums of their channels.
template <int V, class Terms>
inline void SumOfRows(const Terms& terms, int64_t begin, int64_t rows, int64_t row, int64_t k,
                      int64_t channels, double* sum, double* other) {
  Vec first[V] = {}, second[V] = {};
  for (int64_t i = begin; i < begin + rows * row; i += row) {
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) terms(i + k + v * kLanes, k + v * kLanes, &first[v], &second[v]);
  }
  int64_t c = k % channels;
#pragma GCC unroll 4
  for (int v = 0; v < V; ++v) {
    for (int lane = 0; lane < kLanes; ++lane) {
      sum[c] += first[v][lane];
      if (other != nullptr) other[c] += second[v][lane];
      if (++c == channels) c = 0;
    }
  }
}

// Adds terms(i, k, &first, &second) of the numbers i, i + 1, ... of a vector, which are k, k + 1,
// ... of their row, to `sum` and, unless it is null, `other` of their channels. Returns how many
// pixels it took: whole rows.
template <class Terms>
int64_t SumRows(const Terms& terms, int64_t pixels, int64_t channels, int64_t pixels_of_row,
                double* sum, double* other) {
  const int64_t row = pixels_of_row * channels, rows = RowsOf(pixels, channels, pixels_of_row);
  for (int64_t begin = 0; begin < rows; begin += kRun) {
    const int64_t count = rows - begin < kRun ? rows - begin : kRun;
    for (int64_t k = 0; k < row; k += kSums * kLanes) {
      const int64_t lanes = row - k < kSums * kLanes ? row - k : kSums * kLanes;
      WithVectors<kSums>(lanes, [&](auto vectors) {
        SumOfRows<decltype(vectors)::value>(terms, begin * row, count, row, k, channels, sum,
                                            other);
      });
    }
  }
  return rows * pixels_of_row;
}

}  // namespace

void ChannelMoments(const Scalar* x, int64_t pixels, int64_t channels, const float* shift,
                    double* sum, double* squares) {
  int64_t begin = 0;
  const int64_t pixels_of_row = PixelsOfRow(channels);
  if (RowsOf(pixels, channels, pixels_of_row) > 0) {
    const OfRow s(shift, channels, pixels_of_row);
    begin = SumRows(
        [&](int64_t i, int64_t k, Vec* first, Vec* second) {
          const Vec d = Load(x + i) - s(k);
          *first += d;
          *second += d * d;
        },
        pixels, channels, pixels_of_row, sum, squares);
  }
  for (; begin < pixels; begin += kRun) {
    const int64_t end = begin + kRun < pixels ? begin + kRun : pixels;
    for (int64_t c = 0; c < channels; c += kLanes) {
      const int64_t lanes = channels - c;
      const Vec s = LoadUpTo(shift + c, lanes);
      Vec first = {}, second = {};
      for (int64_t p = begin; p < end; ++p) {
        const Vec d = LoadUpTo(x + p * channels + c, lanes) - s;
        first += d;
        second += d * d;
      }
      AddTo(sum + c, first, lanes);
      AddTo(squares + c, second, lanes);
    }
  }
}

void ChannelSums(const Scalar* x, int64_t pixels, int64_t channels, double* sum) {
  int64_t begin = 0;
  const int64_t pixels_of_row = PixelsOfRow(channels);
  if (RowsOf(pixels, channels, pixels_of_row) > 0) {
    begin = SumRows([&](int64_t i, int64_t, Vec* first, Vec*) { *first += Load(x + i); }, pixels,
                    channels, pixels_of_row, sum, nullptr);
  }
  for (; begin < pixels; begin += kRun) {
    const int64_t end = begin + kRun < pixels ? begin + kRun : pixels;
    for (int64_t c = 0; c < channels; c += kLanes) {
      const int64_t lanes = channels - c;
      Vec even = {}, odd = {};
      int64_t p = begin;
      for (; p + 1 < end; p += 2) {
        even += LoadUpTo(x + p * channels + c, lanes);
        odd += LoadUpTo(x + (p + 1) * channels + c, lanes);
      }
      if (p < end) even += LoadUpTo(x + p * channels + c, lanes);
      AddTo(sum + c, even + odd, lanes);
    }
  }
}

void ChannelGradSums(const MaskedGrad<Scalar>& a, int64_t pixels, int64_t channels,
                     const float* mean, double* sum, double* sum_x) {
  int64_t begin = 0;
  const int64_t pixels_of_row = PixelsOfRow(channels);
  if (RowsOf(pixels, channels, pixels_of_row) > 0) {
    const OfRow m(mean, channels, pixels_of_row);
    const Vec low = Splat(a.clamp.low), high = Splat(a.clamp.high);
    const auto run = [&](auto mask) {
      begin = SumRows(
          [&](int64_t i, int64_t k, Vec* first, Vec* second) {
            const Vec x = Load(a.x + i), g = mask(Load(a.dy + i), x, k);
            *first += g;
            *second += g * (x - m(k));
          },
          pixels, channels, pixels_of_row, sum, sum_x);
    };
    if (a.scale == nullptr) {
      run([](Vec dy, Vec, int64_t) { return dy; });
    } else {
      const OfRow scale(a.scale, channels, pixels_of_row), shift(a.shift, channels, pixels_of_row);
      run([&](Vec dy, Vec x, int64_t k) {
        return Through(dy, x * scale(k) + shift(k), low, high);
      });
    }
  }
  for (; begin < pixels; begin += kRun) {
    const int64_t end = begin + kRun < pixels ? begin + kRun : pixels;
    for (int64_t c = 0; c < channels; c += kLanes) {
      const int64_t lanes = channels - c;
      const ChannelMask mask(a, c, lanes);
      const Vec m = LoadUpTo(mean + c, lanes);
      Vec first = {}, second = {};
      for (int64_t p = begin; p < end; ++p) {
        const int64_t i = p * channels + c;
        const Vec x = LoadUpTo(a.x + i, lanes);
        const Vec g = mask(LoadUpTo(a.dy + i, lanes), x);
        first += g;
        second += g * (x - m);
      }
      AddTo(sum + c, first, lanes);
      AddTo(sum_x + c, second, lanes);
    }
  }
}

}  // namespace SLIM_ISA
}  // namespace slim
