// What the tests of the kernels share: numbers in guarded memory, geometries drawn at random, and
// the comparison of tables.
#ifndef SLIMSPLIT_TESTS_CORE_KERNELS_SUPPORT_H_
#define SLIMSPLIT_TESTS_CORE_KERNELS_SUPPORT_H_

#include <gtest/gtest.h>
#include <math.h>

#include <string>
#include <vector>

#include "core/kernels/kernels.h"
#include "core/random.h"
#include "tests/support/guarded_buffer.h"

namespace slim {

// `count` numbers that end at a guard page, so at no particular alignment. NaN until drawn.
template <class T>
class Numbers {
 public:
  explicit Numbers(int64_t count) : memory_(count * sizeof(T), sizeof(T)), count_(count) {}
  Numbers(int64_t count, Random* random) : Numbers(count) {
    for (int64_t i = 0; i < count; ++i) data()[i] = static_cast<T>(random->Normal());
  }
  explicit Numbers(const std::vector<T>& values) : Numbers(values.size()) {
    for (int64_t i = 0; i < count_; ++i) data()[i] = values[i];
  }

  T* data() const { return memory_.template As<T>(); }
  T& operator[](int64_t i) const { return data()[i]; }
  int64_t count() const { return count_; }
  std::vector<T> Copy() const { return std::vector<T>(data(), data() + count_); }
  bool Intact() const { return memory_.Intact(); }

 private:
  GuardedBuffer memory_;
  int64_t count_;
};

inline std::vector<const Kernels<float>*> AllTables() {
  std::vector<const Kernels<float>*> tables(8);
  tables.resize(AvailableKernels(tables.data(), 8));
  return tables;
}

// The tables for activations stored as Bf16.
inline std::vector<const Kernels<Bf16>*> AllBf16Tables() {
  const char* chosen = GetKernels<float>().isa;
  std::vector<const Kernels<Bf16>*> tables;
  for (const Kernels<float>* table : AllTables()) {
    EXPECT_TRUE(ForceIsa(table->isa));
    tables.push_back(&GetKernels<Bf16>());
  }
  EXPECT_TRUE(ForceIsa(chosen));
  return tables;
}

// How near to the exact numbers what is rounded to Bf16 must be.
constexpr double kBf16Tolerance = 0x1p-8;

inline void RoundToBf16(std::vector<double>* values) {
  for (double& v : *values) v = Bf16(static_cast<float>(v));
}

// No clamp, ReLU, ReLU6, or limits on both sides.
template <class T>
Clamp<T> DrawClamp(Random* random) {
  const T infinity = static_cast<T>(INFINITY);
  const Clamp<T> clamps[] = {{-infinity, infinity}, {0, infinity}, {0, 6}, {T(-0.5), T(0.25)}};
  return clamps[random->Below(4)];
}

inline int64_t Between(Random* random, int64_t low, int64_t high) {
  return low + static_cast<int64_t>(random->Below(high - low + 1));
}

// A convolution, or (transposed) what runs its shapes backwards, with maps of up to 8 x 8 pixels.
inline ConvGeometry DrawGeometry(Random* random, bool transposed) {
  while (true) {
    ConvGeometry g;
    g.transposed = transposed;
    g.kernel_h = Between(random, 1, 5);
    g.kernel_w = random->Below(2) == 0 ? g.kernel_h : Between(random, 1, 5);
    g.stride = Between(random, 1, 3);
    g.padding = Between(random, 0, 3);
    g.source_h = Between(random, 1, 8);
    g.source_w = Between(random, 1, 8);
    const auto target = [&](int64_t source, int64_t kernel) {
      return transposed ? (source - 1) * g.stride - 2 * g.padding + kernel +
                              Between(random, 0, g.stride - 1)
                        : (source + 2 * g.padding - kernel + g.stride) / g.stride;
    };
    g.target_h = target(g.source_h, g.kernel_h);
    g.target_w = target(g.source_w, g.kernel_w);
    if (g.target_h >= 1 && g.target_w >= 1) return g;
  }
}

inline std::string Describe(const ConvGeometry& g) {
  return std::to_string(g.source_h) + "x" + std::to_string(g.source_w) + " -> " +
         std::to_string(g.target_h) + "x" + std::to_string(g.target_w) + ", kernel " +
         std::to_string(g.kernel_h) + "x" + std::to_string(g.kernel_w) + ", stride " +
         std::to_string(g.stride) + ", padding " + std::to_string(g.padding) +
         (g.transposed ? ", transposed" : "");
}

// Calls visit(target pixel, tap, source pixel) for all that belong together, from the definition
// alone: every combination is tried.
template <class Visit>
void ForEachMeeting(const ConvGeometry& g, Visit visit) {
  const auto meet = [&](int64_t t, int64_t s, int64_t k) {
    return g.transposed ? t == s * g.stride - g.padding + k : s == t * g.stride - g.padding + k;
  };
  for (int64_t t = 0; t < g.targets(); ++t) {
    for (int64_t k = 0; k < g.taps(); ++k) {
      for (int64_t s = 0; s < g.source_h * g.source_w; ++s) {
        if (meet(t / g.target_w, s / g.source_w, k / g.kernel_w) &&
            meet(t % g.target_w, s % g.source_w, k % g.kernel_w)) {
          visit(t, k, s);
        }
      }
    }
  }
}

// Every number within `tolerance` of the largest expected one, or of 1.
template <class T, class U>
void ExpectClose(const std::vector<T>& actual, const std::vector<U>& expected, double tolerance,
                 const std::string& what) {
  ASSERT_EQ(actual.size(), expected.size()) << what;
  double largest = 1;
  for (const U& e : expected) largest = fmax(largest, fabs(static_cast<double>(e)));
  for (size_t i = 0; i < actual.size(); ++i) {
    const double error = fabs(static_cast<double>(actual[i]) - static_cast<double>(expected[i]));
    ASSERT_TRUE(error <= tolerance * largest)
        << what << ": element " << i << " is " << static_cast<double>(actual[i]) << ", not "
        << static_cast<double>(expected[i]);
  }
}

}  // namespace slim

#endif  // SLIMSPLIT_TESTS_CORE_KERNELS_SUPPORT_H_
