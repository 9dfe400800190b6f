// The kernels of convolution: portable ones against the definition, fast ones against the same.
#include "tests/core/kernels_support.h"

namespace slim {
namespace {

// One call of gather_conv or planar_conv in memory as tight as it can be: the numbers drawn once,
// in double.
struct ConvProblem {
  ConvGeometry geometry;
  int64_t images, channels, outputs;
  int64_t source_pixel_pitch, source_image_pitch, target_pixel_pitch, target_image_pitch;
  int64_t full_channels;  // rows per tap of the packed weights
  bool accumulate, with_scale, with_bias, with_residual;
  bool whole_rows;
  Clamp<double> clamp;
  std::vector<double> source, packed, target, scale, bias, residual;

  int64_t taps() const { return geometry.taps(); }
  int64_t tap_pitch() const { return full_channels * kBlock; }
  int64_t block_pitch() const { return taps() * tap_pitch(); }

  // `planar`: one that planar_conv takes, with rows of several vectors and up to kPlanarTaps taps.
  explicit ConvProblem(Random* random, bool planar = false) {
    geometry = DrawGeometry(random, !planar && random->Below(2) == 1);
    if (planar) {
      geometry.stride = 1;
      if (random->Below(8) == 0) {
        geometry.kernel_h = geometry.kernel_w = 7;
        geometry.source_h = Between(random, 7, 9);
      }
      geometry.source_w = Between(random, geometry.kernel_w, 50);
      geometry.target_h = geometry.source_h + 2 * geometry.padding - geometry.kernel_h + 1;
      geometry.target_w = geometry.source_w + 2 * geometry.padding - geometry.kernel_w + 1;
    }
    images = Between(random, 1, 3);
    channels = Between(random, 1, random->Below(4) == 0 ? 70 : 9);
    outputs = Between(random, 1, random->Below(2) == 0 ? 70 : 20);
    if (random->Below(8) == 0) {  // channels that share a vector
      outputs = Between(random, 1, 8);
      channels = Between(random, 1, 2) == 1 ? 4 * Between(random, 1, 3) : Between(random, 1, 11);
    }
    if (!planar && random->Below(12) == 0) {  // one tap, so many channels that tiles fetch ahead
      geometry = ConvGeometry();
      geometry.padding = Between(random, 0, 1);
      geometry.source_h = geometry.source_w = Between(random, 2, 8);
      geometry.target_h = geometry.target_w = geometry.source_h + 2 * geometry.padding;
      channels = Between(random, 64, 70);
      images = 3;
    }
    if (planar) outputs = Between(random, 1, kPlanarOutputs);
    whole_rows = !planar && random->Below(2) == 1;
    source_pixel_pitch = whole_rows ? channels : channels + Between(random, 0, 3);
    target_pixel_pitch = outputs + Between(random, 0, 3);
    const int64_t sources = geometry.source_h * geometry.source_w, targets = geometry.targets();
    source_image_pitch = sources * source_pixel_pitch + Between(random, 0, 2);
    target_image_pitch = targets * target_pixel_pitch + Between(random, 0, 2);
    full_channels = whole_rows ? channels : channels + Between(random, 0, 2);
    accumulate = random->Below(2) == 1;
    with_scale = random->Below(2) == 1;
    with_bias = random->Below(2) == 1;
    with_residual = random->Below(2) == 1;
    clamp = DrawClamp<double>(random);
    source = Draw(
        random, (images - 1) * source_image_pitch + (sources - 1) * source_pixel_pitch + channels);
    target = Draw(random,
                  (images - 1) * target_image_pitch + (targets - 1) * target_pixel_pitch + outputs);
    packed = Draw(random, RoundUpToBlock(outputs) / kBlock * block_pitch());
    for (double& w : packed) w /= sqrt(static_cast<double>(channels * taps()));
    scale = Draw(random, outputs);
    bias = Draw(random, outputs);
    residual = Draw(random, static_cast<int64_t>(target.size()));
  }

  static std::vector<double> Draw(Random* random, int64_t count) {
    std::vector<double> values(count);
    for (double& v : values) v = random->Normal();
    return values;
  }

  // From the definition.
  std::vector<double> Expected() const {
    std::vector<double> y = target;
    for (int64_t n = 0; n < images; ++n) {
      std::vector<double> sums(geometry.targets() * outputs, 0);
      ForEachMeeting(geometry, [&](int64_t t, int64_t k, int64_t s) {
        const double* x = &source[n * source_image_pitch + s * source_pixel_pitch];
        for (int64_t o = 0; o < outputs; ++o) {
          for (int64_t c = 0; c < channels; ++c) {
            sums[t * outputs + o] +=
                x[c] *
                packed[o / kBlock * block_pitch() + k * tap_pitch() + c * kBlock + o % kBlock];
          }
        }
      });
      for (int64_t t = 0; t < geometry.targets(); ++t) {
        for (int64_t o = 0; o < outputs; ++o) {
          double value = sums[t * outputs + o] * (with_scale ? scale[o] : 1);
          const int64_t at = n * target_image_pitch + t * target_pixel_pitch + o;
          value += with_bias ? bias[o] : 0;
          value += with_residual ? residual[at] : 0;
          value = fmin(fmax(value, clamp.low), clamp.high);
          double& place = y[at];
          place = accumulate ? place + value : value;
        }
      }
    }
    return y;
  }

  template <class T>
  static Numbers<T> Of(const std::vector<double>& v) {
    return Numbers<T>(std::vector<T>(v.begin(), v.end()));
  }

  // Calls run(args) with arguments of either kernel that have all but what is its own.
  template <class Args, class T, class RunKernel>
  std::vector<T> RunWith(const RunKernel& run) const {
    const Numbers<T> x = Of<T>(source), r = Of<T>(residual), y = Of<T>(target);
    const Numbers<Real<T>> w = Of<Real<T>>(packed), s = Of<Real<T>>(scale), b = Of<Real<T>>(bias);
    Args a;
    a.source = x.data();
    a.source_image_pitch = source_image_pitch;
    a.channels = channels;
    a.packed = w.data();
    a.tap_pitch = tap_pitch();
    a.target = y.data();
    a.target_image_pitch = target_image_pitch;
    a.target_pixel_pitch = target_pixel_pitch;
    a.outputs = outputs;
    a.epilogue.scale = with_scale ? s.data() : nullptr;
    a.epilogue.bias = with_bias ? b.data() : nullptr;
    a.epilogue.residual = with_residual ? r.data() : nullptr;
    a.epilogue.clamp = {static_cast<Real<T>>(clamp.low), static_cast<Real<T>>(clamp.high)};
    a.accumulate = accumulate;
    run(a);
    EXPECT_TRUE(y.Intact());
    return y.Copy();
  }

  // What a table makes of it, the work cut in two at `cut` of all items.
  template <class T>
  std::vector<T> Run(const Kernels<T>& kernels, double cut) const {
    return RunWith<GatherConvArgs<T>, T>([&](GatherConvArgs<T>& a) {
      const Numbers<T> zeros(std::vector<T>(channels, 0));
      const Numbers<int32_t> table(GatherTableSize(geometry, kernels.tile));
      a.table =
          BuildGatherTable(geometry, kernels.tile, source_pixel_pitch, whole_rows, table.data());
      a.zeros = zeros.data();
      a.block_pitch = block_pitch();
      const int64_t items = images * a.table.tiles, middle = static_cast<int64_t>(cut * items);
      kernels.gather_conv(a, middle, items);
      kernels.gather_conv(a, 0, middle);
    });
  }
  template <class T>
  std::vector<T> RunPlanar(const Kernels<T>& kernels, double cut) const {
    return RunWith<PlanarConvArgs<T>, T>([&](PlanarConvArgs<T>& a) {
      const Numbers<Real<T>> scratch(PlanarConvScratch(geometry, channels));
      a.geometry = geometry;
      a.source_pixel_pitch = source_pixel_pitch;
      a.scratch = scratch.data();
      const int64_t rows = images * geometry.target_h, middle = static_cast<int64_t>(cut * rows);
      kernels.planar_conv(a, middle, rows);
      kernels.planar_conv(a, 0, middle);
      EXPECT_TRUE(scratch.Intact());
    });
  }

  void RoundActivations() {
    for (auto* activations : {&source, &target, &residual}) RoundToBf16(activations);
  }

  // Activations outside of the active channels and between pixels, and weights past the active
  // channels and outputs, are NaN from now on.
  void SpoilWhatIsNotActive() {
    for (size_t i = 0; i < source.size(); ++i) {
      const int64_t in_image = i % source_image_pitch, pixel = in_image / source_pixel_pitch;
      const bool active =
          in_image % source_pixel_pitch < channels && pixel < geometry.source_h * geometry.source_w;
      if (!active) source[i] = NAN;
    }
    for (size_t i = 0; i < packed.size(); ++i) {
      const int64_t o = i / block_pitch() * kBlock + i % kBlock;
      const int64_t c = i % tap_pitch() / kBlock;
      if (o >= outputs || c >= channels) packed[i] = NAN;
    }
  }
};

TEST(ConvKernelsTest, EveryTableComputesTheDefinition) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    Random random = Random::Derive(seed, 2);
    const ConvProblem problem(&random);
    SCOPED_TRACE("seed " + std::to_string(seed) + ": " + Describe(problem.geometry) + ", " +
                 std::to_string(problem.channels) + " -> " + std::to_string(problem.outputs));
    const std::vector<double> expected = problem.Expected();
    const double cut = random.Uniform();
    ExpectClose(problem.Run(PortableKernels<double>(), cut), expected, 1e-12, "double");
    for (const Kernels<float>* table : AllTables()) {
      ExpectClose(problem.Run(*table, cut), expected, 2e-6, table->isa);
    }
    if (HasFatalFailure()) return;
  }
}

TEST(ConvKernelsTest, EveryBf16TableComputesTheDefinition) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    Random random = Random::Derive(seed, 7);
    const bool planar = seed % 4 == 3;
    ConvProblem problem(&random, planar);
    SCOPED_TRACE("seed " + std::to_string(seed) + ": " + Describe(problem.geometry) + ", " +
                 std::to_string(problem.channels) + " -> " + std::to_string(problem.outputs));
    problem.RoundActivations();
    const std::vector<double> expected = problem.Expected();
    if (seed % 2 == 1) problem.SpoilWhatIsNotActive();
    for (const Kernels<Bf16>* table : AllBf16Tables()) {
      const std::vector<Bf16> y =
          planar ? problem.RunPlanar(*table, 0.4) : problem.Run(*table, 0.4);
      ExpectClose(y, expected, kBf16Tolerance, table->isa);
    }
    if (HasFatalFailure()) return;
  }
}

TEST(ConvKernelsTest, ReadsNothingThatIsNotActive) {
  Random random(3);
  for (int trial = 0; trial < 50; ++trial) {
    ConvProblem problem(&random);
    const std::vector<double> expected = problem.Expected();
    problem.SpoilWhatIsNotActive();
    for (const Kernels<float>* table : AllTables()) {
      ExpectClose(problem.Run(*table, 0.5), expected, 2e-6, table->isa);
    }
    if (HasFatalFailure()) return;
  }
}

TEST(ConvKernelsTest, PlanesGiveTheSame) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    Random random = Random::Derive(seed, 5);
    ConvProblem problem(&random, true);
    SCOPED_TRACE("seed " + std::to_string(seed) + ": " + Describe(problem.geometry) + ", " +
                 std::to_string(problem.channels) + " -> " + std::to_string(problem.outputs));
    const std::vector<double> expected = problem.Expected();
    const double cut = random.Uniform();
    if (seed % 2 == 1) problem.SpoilWhatIsNotActive();
    ExpectClose(problem.RunPlanar(PortableKernels<double>(), cut), expected, 1e-12, "double");
    for (const Kernels<float>* table : AllTables()) {
      ExpectClose(problem.RunPlanar(*table, cut), expected, 2e-6, table->isa);
    }
    if (HasFatalFailure()) return;
  }
}

template <class T>
std::vector<Real<T>> WeightGrad(const Kernels<T>& kernels, const ConvGeometry& g, int64_t images,
                                int64_t channels, int64_t outputs, const std::vector<double>& x,
                                int64_t x_pitch, const std::vector<double>& dy, int64_t dy_pitch,
                                const std::vector<double>& base) {
  const Numbers<T> xs(std::vector<T>(x.begin(), x.end()));
  const Numbers<T> dys(std::vector<T>(dy.begin(), dy.end()));
  const Numbers<Real<T>> gradient(std::vector<Real<T>>(base.begin(), base.end()));
  ConvWeightGradArgs<T> a;
  a.geometry = g;
  a.x = xs.data();
  a.x_pixel_pitch = x_pitch;
  a.x_image_pitch = g.source_h * g.source_w * x_pitch;
  a.channels = channels;
  a.dy = dys.data();
  a.dy_pixel_pitch = dy_pitch;
  a.dy_image_pitch = g.targets() * dy_pitch;
  a.outputs = outputs;
  a.gradient = gradient.data();
  kernels.conv_weight_grad(a, images / 2, images);
  kernels.conv_weight_grad(a, 0, images / 2);
  EXPECT_TRUE(gradient.Intact());
  std::vector<Real<T>> active;  // without the outputs that only fill a block
  for (int64_t i = 0; i < gradient.count(); ++i) {
    if (i % RoundUpToBlock(outputs) < outputs) active.push_back(gradient[i]);
  }
  return active;
}

TEST(ConvKernelsTest, EveryTableAddsTheWeightGradient) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    Random random = Random::Derive(seed, 4);
    ConvGeometry g = DrawGeometry(&random, false);
    const bool wide = seed % 20 == 0;  // than what a kernel sums at once
    if (wide) {
      g.source_w = Between(&random, 130, 400);
      g.target_w = (g.source_w + 2 * g.padding - g.kernel_w) / g.stride + 1;
    }
    const int64_t images = Between(&random, 1, 3), channels = Between(&random, 1, 27);
    const int64_t outputs = Between(&random, 1, random.Below(2) == 0 ? 70 : 20);
    const int64_t x_pitch = channels + Between(&random, 0, 3);
    const int64_t dy_pitch = outputs + Between(&random, 0, 3), row = RoundUpToBlock(outputs);
    const int64_t x_pixels = images * g.source_h * g.source_w, dy_pixels = images * g.targets();
    auto x = ConvProblem::Draw(&random, (x_pixels - 1) * x_pitch + channels);
    auto dy = ConvProblem::Draw(&random, (dy_pixels - 1) * dy_pitch + outputs);
    const bool rounded = seed % 2 == 1;
    if (rounded) RoundToBf16(&x), RoundToBf16(&dy);
    const auto base = ConvProblem::Draw(&random, g.taps() * channels * row);
    std::vector<double> sum = base, expected;
    for (int64_t n = 0; n < images; ++n) {
      ForEachMeeting(g, [&](int64_t t, int64_t k, int64_t s) {
        for (int64_t c = 0; c < channels; ++c) {
          for (int64_t o = 0; o < outputs; ++o) {
            sum[(k * channels + c) * row + o] +=
                x[(n * g.source_h * g.source_w + s) * x_pitch + c] *
                dy[(n * g.targets() + t) * dy_pitch + o];
          }
        }
      });
    }
    for (size_t i = 0; i < sum.size(); ++i) {
      if (static_cast<int64_t>(i) % row < outputs) expected.push_back(sum[i]);
    }
    SCOPED_TRACE("seed " + std::to_string(seed) + ": " + Describe(g) + ", " +
                 std::to_string(channels) + " -> " + std::to_string(outputs));
    ExpectClose(WeightGrad(PortableKernels<double>(), g, images, channels, outputs, x, x_pitch, dy,
                           dy_pitch, base),
                expected, 1e-12, "double");
    for (const Kernels<float>* table : AllTables()) {
      ExpectClose(WeightGrad(*table, g, images, channels, outputs, x, x_pitch, dy, dy_pitch, base),
                  expected, wide ? 1e-5 : 2e-6, table->isa);
    }
    for (const Kernels<Bf16>* table : AllBf16Tables()) {
      if (!rounded) break;
      ExpectClose(WeightGrad(*table, g, images, channels, outputs, x, x_pitch, dy, dy_pitch, base),
                  expected, 2e-6, table->isa);
    }
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace slim
