// Depthwise convolution and its weight gradient: every table against the definition.
#include "tests/core/kernels_support.h"

namespace slim {
namespace {

// 3x3 kernels on maps wide enough for several groups of targets, with channels that fill vectors,
// that are more than are taken at once, and that do neither.
ConvGeometry Draw3x3(Random* random, bool transposed, int64_t* channels) {
  ConvGeometry g;
  g.transposed = transposed;
  g.kernel_h = g.kernel_w = 3;
  g.stride = Between(random, 1, 2);
  g.padding = Between(random, 0, 3);
  g.source_h = Between(random, 1, 7);
  g.source_w = Between(random, 3, 24);
  const auto target = [&](int64_t source) {
    const int64_t whole = transposed ? (source - 1) * g.stride - 2 * g.padding + 3
                                     : (source + 2 * g.padding - 3 + g.stride) / g.stride;
    return std::max<int64_t>(1, whole);
  };
  g.target_h = target(g.source_h);
  g.target_w = target(g.source_w);
  const int64_t some[] = {1, 4, 7, 8, 16, 24, 33, 256, 257, 272, 300, 531};
  *channels = some[random->Below(12)];
  return g;
}

// Every second problem is one of these, the others have any kernel.
ConvGeometry DrawDepthwise(Random* random, uint64_t seed, int64_t* channels) {
  const bool transposed = seed % 4 >= 2;
  if (seed % 2 == 0) return Draw3x3(random, transposed, channels);
  *channels = Between(random, 1, 70);
  return DrawGeometry(random, transposed);
}

template <class T>
struct DepthwiseProblem {
  ConvGeometry g;
  int64_t channels, tap_pitch;
  Numbers<T> source, target, residual;
  Numbers<Real<T>> weight, scale, bias;
  Clamp<Real<T>> clamp;
  bool accumulate, in_memory, with_scale, with_bias, with_residual;

  DepthwiseProblem(const ConvGeometry& geometry, int64_t channel_count, Random* random)
      : g(geometry),
        channels(channel_count),
        tap_pitch(channels + Between(random, 0, 9)),
        source(g.source_h * g.source_w * channels, random),
        target(g.targets() * channels, random),
        residual(g.targets() * channels, random),
        weight((g.taps() - 1) * tap_pitch + channels, random),
        scale(channels, random),
        bias(channels, random),
        clamp(DrawClamp<Real<T>>(random)),
        accumulate(random->Below(2) == 1),
        in_memory(random->Below(2) == 1),
        with_scale(random->Below(2) == 1),
        with_bias(random->Below(2) == 1),
        with_residual(random->Below(2) == 1) {}

  std::vector<double> Expected() const {
    std::vector<double> y(target.count(), 0);
    ForEachMeeting(g, [&](int64_t t, int64_t k, int64_t s) {
      for (int64_t c = 0; c < channels; ++c) {
        y[t * channels + c] +=
            static_cast<double>(source[s * channels + c]) * weight[k * tap_pitch + c];
      }
    });
    for (size_t i = 0; i < y.size(); ++i) {
      if (with_scale) y[i] *= scale[i % channels];
      if (with_bias) y[i] += bias[i % channels];
      if (with_residual) y[i] += static_cast<double>(residual[i]);
      y[i] = fmin(fmax(y[i], clamp.low), clamp.high) +
             (accumulate ? static_cast<double>(target[i]) : 0);
    }
    return y;
  }

  std::vector<T> Run(const Kernels<T>& kernels, int64_t cut) const {
    const Numbers<T> y(target.Copy());
    DepthwiseArgs<T> a;
    a.geometry = g;
    a.source = source.data();
    a.channels = channels;
    a.weight = weight.data();
    a.tap_pitch = tap_pitch;
    a.target = y.data();
    a.epilogue.scale = with_scale ? scale.data() : nullptr;
    a.epilogue.bias = with_bias ? bias.data() : nullptr;
    a.epilogue.residual = with_residual ? residual.data() : nullptr;
    a.epilogue.clamp = clamp;
    a.accumulate = accumulate;
    a.in_memory = in_memory;
    kernels.depthwise(a, cut, g.target_h);
    kernels.depthwise(a, 0, cut);
    EXPECT_TRUE(y.Intact());
    return y.Copy();
  }
};

template <class T>
void ExpectDepthwise(const std::vector<const Kernels<T>*>& tables, double tolerance) {
  for (uint64_t seed = 0; seed < 400; ++seed) {
    Random random = Random::Derive(seed, 5);
    int64_t channels;
    const ConvGeometry g = DrawDepthwise(&random, seed, &channels);
    const DepthwiseProblem<T> problem(g, channels, &random);
    const int64_t cut = Between(&random, 0, g.target_h);
    SCOPED_TRACE("seed " + std::to_string(seed) + ": " + Describe(g) + ", " +
                 std::to_string(problem.channels) + " channels");
    for (const Kernels<T>* table : tables) {
      const std::vector<T> y = problem.Run(*table, cut);
      ExpectClose(y, problem.Expected(), tolerance, table->isa);
      EXPECT_EQ(y, problem.Run(*table, g.target_h)) << table->isa << ": rows shared otherwise";
    }
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(DepthwiseKernelsTest, EveryTableComputesTheDefinition) {
  ExpectDepthwise<float>(AllTables(), 2e-6);
  ExpectDepthwise<double>({&PortableKernels<double>()}, 1e-12);
  ExpectDepthwise<Bf16>(AllBf16Tables(), kBf16Tolerance);
}

template <class T>
void ExpectWeightGrad(const std::vector<const Kernels<T>*>& tables, double tolerance) {
  for (uint64_t seed = 0; seed < 400; ++seed) {
    Random random = Random::Derive(seed, 6);
    int64_t channels;
    const ConvGeometry g = DrawDepthwise(&random, seed, &channels);
    const Numbers<T> x(g.source_h * g.source_w * channels, &random);
    const Numbers<T> dy(g.targets() * channels, &random);
    const Numbers<Real<T>> base(g.taps() * channels, &random);
    std::vector<double> expected(base.data(), base.data() + base.count());
    ForEachMeeting(g, [&](int64_t t, int64_t k, int64_t s) {
      for (int64_t c = 0; c < channels; ++c) {
        expected[k * channels + c] +=
            static_cast<double>(x[s * channels + c]) * static_cast<double>(dy[t * channels + c]);
      }
    });
    SCOPED_TRACE("seed " + std::to_string(seed) + ": " + Describe(g));
    for (const Kernels<T>* table : tables) {
      const Numbers<Real<T>> gradient(base.Copy());
      table->depthwise_weight_grad(g, x.data(), dy.data(), channels, seed % 8 < 4, gradient.data());
      EXPECT_TRUE(gradient.Intact());
      ExpectClose(gradient.Copy(), expected, tolerance, table->isa);
    }
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(DepthwiseKernelsTest, EveryTableAddsTheWeightGradient) {
  ExpectWeightGrad<float>(AllTables(), 2e-6);
  ExpectWeightGrad<double>({&PortableKernels<double>()}, 1e-12);
  ExpectWeightGrad<Bf16>(AllBf16Tables(), 2e-6);
}

}  // namespace
}  // namespace slim
