// What the tests of the integer kernels share: bytes drawn at random, and the definition of
// Requantization.
#ifndef SLIMSPLIT_TESTS_CORE_INT8_SUPPORT_H_
#define SLIMSPLIT_TESTS_CORE_INT8_SUPPORT_H_

#include <algorithm>

#include "core/kernels/int8_kernels.h"
#include "tests/core/kernels_support.h"

namespace slim {

#if defined(__x86_64__)
namespace vnni_model {
Int8Kernels Int8Table();  // vnni_model.h
}
#endif

inline std::vector<int8_t> DrawBytes(Random* random, int64_t count) {
  std::vector<int8_t> bytes(count);
  // Often the ends of the range: there sums of products leave 16 bits.
  for (int8_t& b : bytes) {
    const int kind = static_cast<int>(random->Below(8));
    b = static_cast<int8_t>(kind == 0 ? -128 : kind == 1 ? 127 : Between(random, -128, 127));
  }
  return bytes;
}

inline std::vector<const Int8Kernels*> AllInt8Tables() {
  std::vector<const Int8Kernels*> tables(8);
  tables.resize(AvailableInt8Kernels(tables.data(), 8));
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) {
    static const Int8Kernels model = vnni_model::Int8Table();  // itself compiled for AVX2
    tables.push_back(&model);
  }
#endif
  return tables;
}

// The definition, with enough bits.
inline int8_t Requantized(const Requantization& r, int64_t sum, int64_t o) {
  const __int128 product = __int128{sum + (r.bias == nullptr ? 0 : r.bias[o])} * r.multiplier[o];
  const __int128 divisor = __int128{1} << (31 + r.shift[o]);
  __int128 rounded = (product + divisor / 2) / divisor;
  if (rounded * divisor > product + divisor / 2) --rounded;  // division went up, towards 0
  return static_cast<int8_t>(
      std::min<__int128>(std::max<__int128>(r.zero + rounded, r.low), r.high));
}

// Multipliers and shifts such that most sums of `products` products land inside the range.
struct Steps {
  Numbers<int32_t> bias, multiplier;
  Numbers<int8_t> shift;
  bool with_bias;
  int8_t zero, low, high;

  Steps(Random* random, int64_t outputs, int64_t products)
      : bias(outputs), multiplier(outputs), shift(outputs), with_bias(random->Below(2) == 1) {
    zero = DrawBytes(random, 1)[0];
    low = random->Below(2) == 0 ? -128 : zero;
    high = random->Below(4) == 0 ? 100 : 127;
    if (low > high) high = 127;
    for (int64_t o = 0; o < outputs; ++o) {
      const FixedPoint f = ToFixedPoint(exp(random->Normal()) / 64 / (1 + sqrt(products)));
      multiplier[o] = random->Below(16) == 0 ? 0 : f.multiplier;
      shift[o] = random->Below(16) == 0 ? static_cast<int8_t>(Between(random, 1, 31)) : f.shift;
      bias[o] = static_cast<int32_t>(random->Normal() * 5000);
    }
  }

  Requantization Get() const {
    Requantization r;
    r.bias = with_bias ? bias.data() : nullptr;
    r.multiplier = multiplier.data();
    r.shift = shift.data();
    r.zero = zero;
    r.low = low;
    r.high = high;
    return r;
  }
};

}  // namespace slim

#endif  // SLIMSPLIT_TESTS_CORE_INT8_SUPPORT_H_
