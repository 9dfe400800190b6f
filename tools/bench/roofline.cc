// What the machine can do at most: fused multiply-adds a second out of registers, and bytes a
// second read from each level of memory. JSON lines on standard output.
//
//   roofline --threads 1 --seconds 0.3
#include <stdio.h>
#include <string.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <vector>

#include "core/kernels/kernels.h"
#include "core/parallel.h"
#include "core/parallel_host.h"
#include "tools/bench/timing.h"

namespace slim {
namespace {

template <int kBytes>
struct FloatsOf {
  typedef float Type __attribute__((vector_size(kBytes)));
};

// More chains than latency x throughput of any unit, and few enough for 16 registers.
constexpr int kChains = 12;

// The sum of all lanes, so that nothing is left out.
template <class V>
__attribute__((always_inline)) inline float Total(const V* sums) {
  float total = 0;
  for (int k = 0; k < kChains; ++k) {
    for (size_t i = 0; i < sizeof(V) / sizeof(float); ++i) total += sums[k][i];
  }
  return total;
}

template <class V>
__attribute__((always_inline)) inline float MultiplyAdd(int64_t rounds) {
  const V half = V{} + 0.5f;
  V sums[kChains];
  for (int k = 0; k < kChains; ++k) sums[k] = V{} + static_cast<float>(2 + k);  // none is constant
  for (int64_t r = 0; r < rounds; ++r) {
#pragma GCC unroll 12
    for (int k = 0; k < kChains; ++k) sums[k] = sums[k] * half + half;
  }
  return Total(sums);
}

template <class V>
__attribute__((always_inline)) inline float Read(const float* data, int64_t count) {
  constexpr int64_t kLanes = sizeof(V) / sizeof(float);
  V sums[kChains] = {};
  for (int64_t i = 0; i + kChains * kLanes <= count; i += kChains * kLanes) {
#pragma GCC unroll 12
    for (int k = 0; k < kChains; ++k) {
      V v;
      memcpy(&v, data + i + k * kLanes, sizeof(v));
      sums[k] += v;
    }
  }
  return Total(sums);
}

struct Peaks {
  const char* isa;
  int lanes;
  float (*multiply_add)(int64_t rounds);
  float (*read)(const float* data, int64_t count);
};

#define SLIM_PEAKS(name, bytes, target)                        \
  target float MultiplyAdd_##name(int64_t rounds) {            \
    return MultiplyAdd<FloatsOf<bytes>::Type>(rounds);         \
  }                                                            \
  target float Read_##name(const float* data, int64_t count) { \
    return Read<FloatsOf<bytes>::Type>(data, count);           \
  }                                                            \
  constexpr Peaks k_##name = {#name, (bytes) / 4, MultiplyAdd_##name, Read_##name};

SLIM_PEAKS(portable, 16, )
#if defined(__x86_64__)
SLIM_PEAKS(avx2, 32, __attribute__((target("avx2,fma"))))
SLIM_PEAKS(avx512, 64, __attribute__((target("avx512f"))))
#endif
#undef SLIM_PEAKS

// Of the instruction set that the kernels use.
Peaks PeaksInUse() {
#if defined(__x86_64__)
  const std::string isa = GetKernels<float>().isa;
  if (isa.rfind("avx512", 0) == 0) return k_avx512;
  if (isa.rfind("avx2", 0) == 0) return k_avx2;
#endif
  return k_portable;
}

void Print(nlohmann::json line, int threads, const Timing& timing) {
  line["peer"] = "machine";
  line["threads"] = threads;
  line["ms"] = timing.median_ms;
  line["best_ms"] = timing.best_ms;
  printf("%s\n", line.dump().c_str());
}

void Main(int threads, double seconds) {
  threads = UseThreads(threads);
  const Peaks peaks = PeaksInUse();
  volatile float sink = 0;
  const auto on_all = [&](const auto& work) {
    return TimeOf(seconds, [&] {
      ParallelFor(threads, 1, [&](int64_t begin, int64_t, int) { sink = work(begin); });
    });
  };

  constexpr int64_t kRounds = 200000;
  const Timing fma = on_all([&](int64_t) { return peaks.multiply_add(kRounds); });
  const double flops = 2.0 * kRounds * kChains * peaks.lanes * threads;
  Print({{"bench", "fma"}, {"isa", peaks.isa}, {"gflops", flops / fma.best_ms * 1e-6}}, threads,
        fma);

  std::vector<float> memory;
  for (const int64_t kib : {16, 256, 8192, 262144}) {
    const int64_t count = kib * 1024 / 4, passes = std::max<int64_t>(1, 16384 / kib);
    memory.assign(static_cast<size_t>(count * threads), 1.0f);
    const Timing read = on_all([&](int64_t thread) {
      float total = 0;
      for (int64_t p = 0; p < passes; ++p)
        total += peaks.read(memory.data() + thread * count, count);
      return total;
    });
    const double bytes = 4.0 * static_cast<double>(count * passes * threads);
    Print({{"bench", "read"}, {"kib", kib}, {"gb_per_s", bytes / read.best_ms * 1e-6}}, threads,
          read);
  }
}

}  // namespace
}  // namespace slim

int main(int argc, char** argv) {
  slim::LimitSpinning(argv);
  CLI::App app("Measures what the machine can do at most.");
  int threads = 1;
  double seconds = 0.3;
  app.add_option("--threads", threads);
  app.add_option("--seconds", seconds, "of each measurement");
  CLI11_PARSE(app, argc, argv);
  slim::Main(threads, seconds);
  return 0;
}
