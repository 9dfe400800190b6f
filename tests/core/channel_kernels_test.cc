// Loops over [pixel][channel]: every table against the formula, in double.
#include "tests/core/kernels_support.h"

namespace slim {
namespace {

constexpr double kTolerance = 1e-6;

double Limited(double value, const Clamp<float>& clamp) {
  return fmin(fmax(value, clamp.low), clamp.high);
}

bool Inside(double y, const Clamp<float>& clamp) { return y > clamp.low && y < clamp.high; }

// Sizes from one number to a few runs of any table; few channels need many pixels for that.
struct Sizes {
  int64_t pixels, channels;
  explicit Sizes(Random* random)
      : pixels(Between(random, 0, random->Below(4) == 0 ? 200 : 20)),
        channels(Between(random, 1, 70)) {
    if (random->Below(4) == 0) {
      pixels = Between(random, 0, 3000);
      channels = Between(random, 1, 9);
    }
  }
  int64_t count() const { return pixels * channels; }
  // Of sums: what floats lose grows with the root of how many there are, and terms cancel.
  double tolerance() const { return kTolerance * (1 + sqrt(static_cast<double>(pixels)) / 10); }
};

class ChannelKernelsTest : public testing::TestWithParam<int> {
 protected:
  const Kernels<float>& Table() const { return *AllTables()[GetParam()]; }
};

TEST_P(ChannelKernelsTest, Moments) {
  Random random(1);
  for (int trial = 0; trial < 200; ++trial) {
    const Sizes n(&random);
    const Numbers<float> x(n.count(), &random), shift(n.channels, &random);
    const Numbers<double> sum(n.channels, &random), squares(n.channels, &random);
    const Numbers<double> plain_sum(n.channels, &random);
    std::vector<double> expected = sum.Copy(), expected_squares = squares.Copy(),
                        expected_plain = plain_sum.Copy();
    for (int64_t i = 0; i < n.count(); ++i) {
      expected_plain[i % n.channels] += static_cast<double>(x[i]);
      const double d = static_cast<double>(x[i]) - shift[i % n.channels];
      expected[i % n.channels] += d;
      expected_squares[i % n.channels] += d * d;
    }
    Table().channel_moments(x.data(), n.pixels, n.channels, shift.data(), sum.data(),
                            squares.data());
    ExpectClose(sum.Copy(), expected, n.tolerance(), "sum");
    ExpectClose(squares.Copy(), expected_squares, n.tolerance(), "squares");
    Table().channel_sums(x.data(), n.pixels, n.channels, plain_sum.data());
    ExpectClose(plain_sum.Copy(), expected_plain, n.tolerance(), "plain sum");
  }
}

TEST_P(ChannelKernelsTest, Affine) {
  Random random(2);
  for (int trial = 0; trial < 200; ++trial) {
    const Sizes n(&random);
    const Numbers<float> x(n.count(), &random), scale(n.channels, &random),
        bias(n.channels, &random), y(n.count());
    const Clamp<float> clamp = DrawClamp<float>(&random);
    std::vector<double> expected, expected_swish;
    for (int64_t i = 0; i < n.count(); ++i) {
      const int64_t c = i % n.channels;
      const double affine = static_cast<double>(x[i]) * scale[c] + bias[c];
      expected.push_back(Limited(affine, clamp));
      expected_swish.push_back(affine / (1 + exp(-affine)));
    }
    Table().channel_affine(x.data(), n.pixels, n.channels, scale.data(), bias.data(), clamp,
                           y.data());
    ExpectClose(y.Copy(), expected, kTolerance, "y");
    Table().channel_affine_swish(x.data(), n.pixels, n.channels, scale.data(), bias.data(),
                                 y.data());
    ExpectClose(y.Copy(), expected_swish, kTolerance, "swish");
    EXPECT_TRUE(y.Intact());
  }
}

TEST_P(ChannelKernelsTest, GradientOfNormalisation) {
  Random random(3);
  for (int trial = 0; trial < 200; ++trial) {
    const Sizes n(&random);
    const Numbers<float> x(n.count(), &random), dy(n.count(), &random);
    const Numbers<float> scale(n.channels, &random), shift(n.channels, &random);
    const Numbers<float> a(n.channels, &random), b(n.channels, &random), mean(n.channels, &random),
        constant(n.channels, &random), dx(n.count(), &random);
    const Numbers<double> sum(n.channels, &random), sum_x(n.channels, &random);
    MaskedGrad<float> in = {x.data(), dy.data(), nullptr, nullptr, DrawClamp<float>(&random)};
    if (random.Below(3) != 0) in.scale = scale.data(), in.shift = shift.data();
    for (int64_t c = 0; c < n.channels; ++c) {  // some exactly on a limit, which stops
      const float limit = random.Below(2) == 0 ? in.clamp.low : in.clamp.high;
      if (random.Below(2) == 0 || !std::isfinite(limit)) continue;
      scale[c] = 0;
      shift[c] = limit;
    }
    const bool statistics = random.Below(3) != 0;
    const bool accumulate = random.Below(2) == 1;
    std::vector<double> sums = sum.Copy(), sums_x = sum_x.Copy(), expected;
    for (int64_t i = 0; i < n.count(); ++i) {
      const int64_t c = i % n.channels;
      const double y = in.scale == nullptr ? 0 : static_cast<double>(x[i]) * scale[c] + shift[c];
      const double g = in.scale == nullptr || Inside(y, in.clamp) ? dy[i] : 0;
      const double offset = static_cast<double>(x[i]) - mean[c];
      sums[c] += g;
      sums_x[c] += g * offset;
      expected.push_back(a[c] * g + (statistics ? b[c] * offset + constant[c] : 0) +
                         (accumulate ? dx[i] : 0));
    }
    Table().channel_grad_sums(in, n.pixels, n.channels, mean.data(), sum.data(), sum_x.data());
    if (!statistics && in.scale == nullptr) in.x = nullptr;  // is not read
    Table().channel_grad_apply(in, n.pixels, n.channels, a.data(), statistics ? b.data() : nullptr,
                               mean.data(), constant.data(), accumulate, dx.data());
    ExpectClose(sum.Copy(), sums, n.tolerance(), "sum");
    ExpectClose(sum_x.Copy(), sums_x, n.tolerance(), "sum_x");
    ExpectClose(dx.Copy(), expected, kTolerance, "dx");
    EXPECT_TRUE(dx.Intact());
  }
}

TEST_P(ChannelKernelsTest, AddAndClampGrad) {
  Random random(4);
  for (int64_t count = 0; count < 150; ++count) {
    const Numbers<float> a(count, &random), b(count, &random), sum(count), y(count, &random),
        dy(count, &random), dx(count, &random);
    const Clamp<float> clamp = DrawClamp<float>(&random);
    const bool accumulate = random.Below(2) == 1;
    std::vector<double> expected, gradient;
    for (int64_t i = 0; i < count; ++i) {
      expected.push_back(Limited(static_cast<double>(a[i]) + b[i], clamp));
      y[i] = static_cast<float>(Limited(y[i], clamp));
      gradient.push_back((Inside(y[i], clamp) ? dy[i] : 0) + (accumulate ? dx[i] : 0));
    }
    Table().add(a.data(), b.data(), count, clamp, sum.data());
    Table().clamp_grad(y.data(), dy.data(), count, clamp, accumulate, dx.data());
    ExpectClose(sum.Copy(), expected, kTolerance, "sum");
    ExpectClose(dx.Copy(), gradient, kTolerance, "dx");
    EXPECT_TRUE(sum.Intact() && dx.Intact());
  }
}

// From where exp overflows on one side to where it does on the other; each result to 3e-7 of itself
// as long as it is a normal number of some size.
TEST_P(ChannelKernelsTest, SigmoidAndSwish) {
  Random random(6);
  for (int64_t count = 0; count < 150; ++count) {
    const Numbers<float> x(count, &random), y(count);
    for (int64_t i = 0; i < count; ++i) x[i] *= random.Below(2) == 0 ? 4 : 100;
    Table().sigmoid(x.data(), count, y.data());
    const Numbers<float> swish(x.Copy());
    Table().swish(swish.data(), count, swish.data());
    EXPECT_TRUE(y.Intact() && swish.Intact());
    for (int64_t i = 0; i < count; ++i) {
      const double expected = 1 / (1 + exp(-static_cast<double>(x[i])));
      EXPECT_NEAR(y[i], expected, 3e-7 * expected + 1e-37) << x[i];
      EXPECT_NEAR(swish[i], x[i] * expected, 4e-7 * fabs(x[i]) * expected + 1e-35) << x[i];
    }
  }
  for (float x : {INFINITY, 1000.0f, -1000.0f, -INFINITY}) {
    float y = -1;
    Table().sigmoid(&x, 1, &y);
    EXPECT_NEAR(y, x > 0 ? 1 : 0, 1e-37) << x;
  }
}

TEST_P(ChannelKernelsTest, MaximumKeepsTheLargerAndEveryNan) {
  Random random(7);
  for (int64_t count = 0; count < 150; ++count) {
    const Numbers<float> x(count, &random), y(count, &random);
    if (count > 2) x[count / 2] = y[count / 3] = NAN;
    const std::vector<float> before = y.Copy();
    Table().maximum(x.data(), count, y.data());
    for (int64_t i = 0; i < count; ++i) {
      if (isnan(x[i]) || isnan(before[i])) {
        EXPECT_TRUE(isnan(y[i])) << i << " of " << count;
      } else {
        EXPECT_EQ(y[i], fmaxf(x[i], before[i])) << i << " of " << count;
      }
    }
    EXPECT_TRUE(y.Intact());
  }
}

// A diverging network must be seen: no clamp turns NaN into a number.
TEST_P(ChannelKernelsTest, NanPassesEveryClamp) {
  const Clamp<float> relu6 = {0, 6};
  for (int64_t channels : {1, 8, 16, 33}) {
    Random random(5);
    const Numbers<float> x(channels, &random), ones(std::vector<float>(channels, 1.0f)),
        y(channels), sum(channels), sigmoid(channels), swish(channels), affine_swish(channels);
    x[channels / 2] = NAN;
    Table().sigmoid(x.data(), channels, sigmoid.data());
    Table().swish(x.data(), channels, swish.data());
    Table().channel_affine_swish(x.data(), 1, channels, ones.data(), ones.data(),
                                 affine_swish.data());
    Table().channel_affine(x.data(), 1, channels, ones.data(), ones.data(), relu6, y.data());
    Table().add(x.data(), ones.data(), channels, relu6, sum.data());
    for (int64_t c = 0; c < channels; ++c) {
      EXPECT_EQ(isnan(y[c]), c == channels / 2);
      EXPECT_EQ(isnan(sum[c]), c == channels / 2);
      EXPECT_EQ(isnan(sigmoid[c]), c == channels / 2);
      EXPECT_EQ(isnan(swish[c]), c == channels / 2);
      EXPECT_EQ(isnan(affine_swish[c]), c == channels / 2);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Tables, ChannelKernelsTest,
                         testing::Range(0, static_cast<int>(AllTables().size())),
                         [](const auto& info) {
                           return std::string(AllTables()[info.param]->isa);
                         });

}  // namespace
}  // namespace slim
