// Winograd's algorithm: equal to the definition of the convolution and of its weight gradient, for
// every table; reads and writes nothing outside.
#include "core/kernels/winograd_points.h"
#include "layers/winograd_common.h"
#include "tests/core/kernels_support.h"

namespace slim {
namespace {

template <int kTile, class T>
void WeightPoints(const T* w, T* points) {
  TransformSquare<3, kTile + 2>([](const T* x, T* m) { Winograd<kTile, T>::Weight(x, m); }, w,
                                points);
}

constexpr int kBefore = 2;  // what a gradient is added to

// A 3x3 convolution with stride 1 over a few small images; pixels and images have gaps.
struct Problem {
  int tile_side;
  ConvGeometry g;
  int64_t images, channels, outputs, full_channels;
  int64_t x_pixel, x_image, y_pixel, y_image;
  bool with_scale, with_bias, with_residual, accumulate;
  bool outputs_dense;  // weights are [i][8 - tap][o] in memory, not [o][tap][i]
  bool apart;          // two sums of the gradient, not one
  Clamp<double> clamp;
  std::vector<double> x, weight, y, scale, bias, residual;  // weight: [o][tap][full_channels]

  static std::vector<double> Draw(Random* random, int64_t count) {
    std::vector<double> values(count);
    for (double& v : values) v = random->Normal();
    return values;
  }

  Problem(int side, Random* random) : tile_side(side) {
    g.kernel_h = g.kernel_w = 3;
    g.padding = Between(random, 0, 3);
    g.source_h = Between(random, 3, 11);
    g.source_w = Between(random, 3, 11);
    g.target_h = g.source_h + 2 * g.padding - 2;
    g.target_w = g.source_w + 2 * g.padding - 2;
    images = Between(random, 1, 4);
    channels = Between(random, 1, random->Below(2) == 0 ? 40 : 9);
    outputs = Between(random, 1, random->Below(2) == 0 ? 40 : 20);
    full_channels = channels + Between(random, 0, 2);
    x_pixel = channels + Between(random, 0, 3);
    y_pixel = outputs + Between(random, 0, 3);
    x_image = g.source_h * g.source_w * x_pixel + Between(random, 0, 2);
    y_image = g.targets() * y_pixel + Between(random, 0, 2);
    with_scale = random->Below(2) == 1;
    with_bias = random->Below(2) == 1;
    with_residual = random->Below(2) == 1;
    accumulate = random->Below(2) == 1;
    outputs_dense = random->Below(2) == 1;
    apart = random->Below(2) == 1;
    clamp = DrawClamp<double>(random);
    x = Draw(random, images * x_image);
    weight = Draw(random, outputs * 9 * full_channels);
    for (double& w : weight) w /= sqrt(9.0 * channels);
    y = Draw(random, images * y_image);
    scale = Draw(random, outputs);
    bias = Draw(random, outputs);
    residual = Draw(random, images * y_image);
  }

  void RoundActivations() {
    for (auto* activations : {&x, &y, &residual}) RoundToBf16(activations);
  }

  double Weight(int64_t o, int64_t tap, int64_t c) const {
    return weight[(o * 9 + tap) * full_channels + c];
  }

  std::vector<double> Expected() const {
    std::vector<double> result = y;
    for (int64_t n = 0; n < images; ++n) {
      std::vector<double> sums(g.targets() * outputs, 0);
      ForEachMeeting(g, [&](int64_t t, int64_t k, int64_t s) {
        for (int64_t o = 0; o < outputs; ++o) {
          for (int64_t c = 0; c < channels; ++c) {
            sums[t * outputs + o] += x[n * x_image + s * x_pixel + c] * Weight(o, k, c);
          }
        }
      });
      for (int64_t t = 0; t < g.targets(); ++t) {
        for (int64_t o = 0; o < outputs; ++o) {
          const int64_t at = n * y_image + t * y_pixel + o;
          double value = sums[t * outputs + o] * (with_scale ? scale[o] : 1);
          value += (with_bias ? bias[o] : 0) + (with_residual ? residual[at] : 0);
          value = fmin(fmax(value, clamp.low), clamp.high);
          result[at] = accumulate ? result[at] + value : value;
        }
      }
    }
    return result;
  }

  // y is the gradient of the output here. [outputs][tap][channels]
  std::vector<double> ExpectedWeightGrad() const {
    std::vector<double> result(outputs * 9 * channels, 0);
    for (int64_t n = 0; n < images; ++n) {
      ForEachMeeting(g, [&](int64_t t, int64_t k, int64_t s) {
        for (int64_t o = 0; o < outputs; ++o) {
          for (int64_t c = 0; c < channels; ++c) {
            result[(o * 9 + k) * channels + c] +=
                x[n * x_image + s * x_pixel + c] * y[n * y_image + t * y_pixel + o];
          }
        }
      });
    }
    return result;
  }

  template <class T>
  static Numbers<T> Of(const std::vector<double>& v) {
    return Numbers<T>(std::vector<T>(v.begin(), v.end()));
  }

  template <class T>
  WeightView<T> ViewOf(T* w) const {
    if (outputs_dense) {
      return {w + 8 * outputs, outputs, 9, channels, 1, -outputs, 9 * outputs};
    }
    return {w, outputs, 9, channels, 9 * full_channels, full_channels, 1};
  }

  template <class T>
  void Pack(const Kernels<T>& kernels, double cut, Real<T>* packed) const {
    const Numbers<Real<T>> w(static_cast<int64_t>(weight.size()));
    const WeightView<Real<T>> view = ViewOf(w.data());
    for (int64_t i = 0; i < outputs * 9 * channels; ++i) {
      const int64_t o = i / (9 * channels), tap = i / channels % 9, c = i % channels;
      view.data[o * view.output_pitch + tap * view.tap_pitch + c * view.input_pitch] =
          static_cast<Real<T>>(weight[(o * 9 + tap) * full_channels + c]);
    }
    const int64_t blocks = RoundUpToBlock(outputs) / kBlock,
                  middle = static_cast<int64_t>(cut * blocks);
    const WeightView<const Real<T>> read = ViewOf<const Real<T>>(w.data());
    kernels.pack_weights(tile_side, read, full_channels, packed, middle, blocks);
    kernels.pack_weights(tile_side, read, full_channels, packed, 0, middle);
  }

  template <class T>
  std::vector<T> Run(const Kernels<T>& kernels, double cut) const {
    const Numbers<T> source = Of<T>(x), target = Of<T>(y), r = Of<T>(residual);
    const Numbers<Real<T>> s = Of<Real<T>>(scale), b = Of<Real<T>>(bias);
    const Numbers<Real<T>> scratch(WinogradConvScratch(tile_side, channels));
    const Numbers<Real<T>> packed(RoundUpToBlock(outputs) * WinogradPoints(tile_side) *
                                  full_channels);
    Pack(kernels, cut, packed.data());
    EXPECT_TRUE(packed.Intact());
    WinogradConvArgs<T> a;
    a.tile_side = tile_side;
    a.geometry = g;
    a.source = source.data();
    a.source_image_pitch = x_image;
    a.source_pixel_pitch = x_pixel;
    a.channels = channels;
    a.packed = packed.data();
    a.point_pitch = full_channels * kBlock;
    a.block_pitch = WinogradPoints(tile_side) * a.point_pitch;
    a.target = target.data();
    a.target_image_pitch = y_image;
    a.target_pixel_pitch = y_pixel;
    a.outputs = outputs;
    a.epilogue = {with_scale ? s.data() : nullptr,
                  with_bias ? b.data() : nullptr,
                  with_residual ? r.data() : nullptr,
                  {static_cast<Real<T>>(clamp.low), static_cast<Real<T>>(clamp.high)}};
    a.accumulate = accumulate;
    a.scratch = scratch.data();
    const int64_t tiles = images * WinogradTiles(tile_side, g),
                  middle = static_cast<int64_t>(cut * tiles);
    kernels.winograd_conv(a, middle, tiles);
    kernels.winograd_conv(a, 0, middle);
    EXPECT_TRUE(target.Intact() && scratch.Intact());
    return target.Copy();
  }

  template <class T>
  std::vector<Real<T>> RunWeightGrad(const Kernels<T>& kernels, double cut) const {
    const Numbers<T> source = Of<T>(x), dy = Of<T>(y);
    const Numbers<Real<T>> scratch(WinogradWeightGradScratch(tile_side, channels, outputs));
    const int64_t row = RoundUpToBlock(outputs);
    const int64_t part = WinogradPoints(tile_side) * channels * row;
    const Numbers<Real<T>> points(
        std::vector<Real<T>>(2 * part, 7));  // what is there must not matter
    WinogradWeightGradArgs<T> a;
    a.tile_side = tile_side;
    a.geometry = g;
    a.x = source.data();
    a.x_image_pitch = x_image;
    a.x_pixel_pitch = x_pixel;
    a.channels = channels;
    a.dy = dy.data();
    a.dy_image_pitch = y_image;
    a.dy_pixel_pitch = y_pixel;
    a.outputs = outputs;
    a.gradient = points.data();
    a.scratch = scratch.data();
    const int64_t tiles = images * WinogradTiles(tile_side, g),
                  middle = static_cast<int64_t>(cut * tiles);
    kernels.winograd_weight_grad(a, middle, tiles);
    a.accumulate = !apart;
    a.gradient += apart ? part : 0;
    if (middle > 0) kernels.winograd_weight_grad(a, 0, middle);
    EXPECT_TRUE(points.Intact() && scratch.Intact());

    const Numbers<Real<T>> gradient(std::vector<Real<T>>(weight.size(), kBefore));
    const WeightView<Real<T>> view = ViewOf(gradient.data());
    WeightSums<Real<T>> sums;
    sums.tile_side = tile_side;
    sums.sums = points.data();
    sums.parts = apart && middle > 0 ? 2 : 1;
    sums.part_pitch = part;
    sums.gradient = view;
    const int64_t blocks = row / kBlock, first_blocks = static_cast<int64_t>(cut * blocks);
    kernels.add_weight_sums(sums, first_blocks, blocks);
    kernels.add_weight_sums(sums, 0, first_blocks);
    EXPECT_TRUE(gradient.Intact());
    std::vector<Real<T>> result(outputs * 9 * channels);
    for (int64_t i = 0; i < static_cast<int64_t>(result.size()); ++i) {
      const int64_t o = i / (9 * channels), tap = i / channels % 9, c = i % channels;
      Real<T>* sum =
          view.data + o * view.output_pitch + tap * view.tap_pitch + c * view.input_pitch;
      result[i] = *sum - kBefore;
      *sum = kBefore;
    }
    for (const Real<T> value : gradient.Copy()) EXPECT_EQ(value, kBefore);  // between the weights
    return result;
  }
};

TEST(WinogradTest, WeightPointsByHand) {
  // G w G^T of weights that are 1 in the middle: g = (0, 1/2, -1/2, 0), points = g g^T.
  double w[9] = {0, 0, 0, 0, 1, 0, 0, 0, 0}, points[36];
  WeightPoints<2, double>(w, points);
  const double g[4] = {0, 0.5, -0.5, 0};
  for (int p = 0; p < 16; ++p) EXPECT_EQ(points[p], g[p / 4] * g[p % 4]) << p;
  // With tiles of 4x4: the middle column of G is p / (2 p^2 (p^2 - q^2)) at the points p = +-3/4
  // with q = 3/2, and so at p = +-3/2 with q = 3/4; 0 at 0 and infinity.
  WeightPoints<4, double>(w, points);
  const double g4[6] = {0, -32.0 / 81, 32.0 / 81, 16.0 / 81, -16.0 / 81, 0};
  for (int p = 0; p < 36; ++p) EXPECT_NEAR(points[p], g4[p / 6] * g4[p % 6], 1e-15) << p;
  // All weights 1: g = (1, 3/2, 1/2, 1).
  for (double& v : w) v = 1;
  WeightPoints<2, double>(w, points);
  const double ones[4] = {1, 1.5, 0.5, 1};
  for (int p = 0; p < 16; ++p) EXPECT_EQ(points[p], ones[p / 4] * ones[p % 4]) << p;
}

TEST(WinogradTest, WhereLargerTilesPay) {
  const auto side = [](int64_t inputs, int64_t outputs, int64_t h, int64_t w) {
    return WinogradTileSide(3, 1, 1, inputs, outputs, Shape(1, h, w, outputs));
  };
  EXPECT_EQ(side(16, 16, 32, 32), 4);
  EXPECT_EQ(side(128, 128, 8, 8), 4);    // as many weights as are few
  EXPECT_EQ(side(128, 129, 8, 8), 2);    // 4 tiles
  EXPECT_EQ(side(256, 256, 14, 14), 2);  // 16
  EXPECT_EQ(side(256, 256, 32, 16), 4);  // 32
  EXPECT_EQ(side(16, 16, 2, 2), 2);      // 36 products instead of 16
  EXPECT_EQ(side(16, 16, 6, 6), 2);      // as many products, more weights
  EXPECT_EQ(side(16, 16, 7, 7), 4);
  EXPECT_EQ(side(6, 8, 32, 32), 4);
  EXPECT_EQ(side(5, 8, 32, 32), 0);
  EXPECT_EQ(side(6, 7, 32, 32), 0);
  EXPECT_EQ(WinogradTileSide(3, 2, 1, 16, 16, Shape(1, 8, 8, 16)), 0);
  EXPECT_EQ(WinogradTileSide(5, 1, 1, 16, 16, Shape(1, 8, 8, 16)), 0);
  EXPECT_EQ(WinogradTileSide(3, 1, 2, 16, 16, Shape(1, 8, 8, 16)), 0);
}

class WinogradKernelsTest : public testing::TestWithParam<int> {};

// Larger tiles add and take away larger numbers.
float Tolerance(int tile_side) { return tile_side == 2 ? 3e-6f : 6e-6f; }

TEST_P(WinogradKernelsTest, EveryTableComputesTheConvolution) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Random random = Random::Derive(seed, 7);
    const Problem problem(GetParam(), &random);
    SCOPED_TRACE("seed " + std::to_string(seed) + ": " + Describe(problem.g) + ", " +
                 std::to_string(problem.channels) + " -> " + std::to_string(problem.outputs));
    const double cut = random.Uniform();
    const std::vector<double> expected = problem.Expected();
    ExpectClose(problem.Run(PortableKernels<double>(), cut), expected, 1e-12, "double");
    for (const Kernels<float>* table : AllTables()) {
      ExpectClose(problem.Run(*table, cut), expected, Tolerance(GetParam()), table->isa);
    }
    if (HasFailure()) return;
  }
}

TEST_P(WinogradKernelsTest, EveryTableComputesTheWeightGradient) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Random random = Random::Derive(seed, 8);
    const Problem problem(GetParam(), &random);
    SCOPED_TRACE("seed " + std::to_string(seed) + ": " + Describe(problem.g) + ", " +
                 std::to_string(problem.channels) + " -> " + std::to_string(problem.outputs));
    const double cut = random.Uniform();
    const std::vector<double> expected = problem.ExpectedWeightGrad();
    ExpectClose(problem.RunWeightGrad(PortableKernels<double>(), cut), expected, 1e-12, "double");
    for (const Kernels<float>* table : AllTables()) {
      ExpectClose(problem.RunWeightGrad(*table, cut), expected, Tolerance(GetParam()), table->isa);
    }
    if (HasFailure()) return;
  }
}

TEST_P(WinogradKernelsTest, EveryBf16TableComputesBoth) {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    Random random = Random::Derive(seed, 9);
    Problem problem(GetParam(), &random);
    SCOPED_TRACE("seed " + std::to_string(seed) + ": " + Describe(problem.g) + ", " +
                 std::to_string(problem.channels) + " -> " + std::to_string(problem.outputs));
    problem.RoundActivations();
    const double cut = random.Uniform();
    const std::vector<double> y = problem.Expected(), gradient = problem.ExpectedWeightGrad();
    for (const Kernels<Bf16>* table : AllBf16Tables()) {
      ExpectClose(problem.Run(*table, cut), y, kBf16Tolerance, table->isa);
      ExpectClose(problem.RunWeightGrad(*table, cut), gradient, Tolerance(GetParam()), table->isa);
    }
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Tiles, WinogradKernelsTest, testing::Values(2, 4));

}  // namespace
}  // namespace slim
