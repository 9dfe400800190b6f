// The kernels of 8-bit integers beside convolution: depthwise, requantisation, packed weights.
#include "tests/core/int8_support.h"

namespace slim {
namespace {

TEST(Int8KernelsTest, EveryTableConvolvesDepthwiseToTheBit) {
  for (uint64_t seed = 0; seed < 400; ++seed) {
    Random random = Random::Derive(seed, 12);
    const ConvGeometry g = DrawGeometry(&random, seed % 2 == 1);
    const int64_t channels = Between(&random, 1, 70), tap_pitch = channels + Between(&random, 0, 9);
    const int8_t source_zero = DrawBytes(&random, 1)[0];
    const Numbers<int8_t> x(DrawBytes(&random, g.source_h * g.source_w * channels));
    const Numbers<int8_t> weight(DrawBytes(&random, (g.taps() - 1) * tap_pitch + channels));
    const Steps steps(&random, channels, g.taps());
    const Requantization r = steps.Get();
    std::vector<int64_t> sums(g.targets() * channels, 0);
    ForEachMeeting(g, [&](int64_t t, int64_t k, int64_t s) {
      for (int64_t c = 0; c < channels; ++c) {
        sums[t * channels + c] += (x[s * channels + c] - source_zero) * weight[k * tap_pitch + c];
      }
    });
    std::vector<int8_t> expected;
    for (size_t i = 0; i < sums.size(); ++i) {
      expected.push_back(Requantized(r, sums[i], static_cast<int64_t>(i) % channels));
    }
    for (const Int8Kernels* table : AllInt8Tables()) {
      const Numbers<int8_t> y(g.targets() * channels);
      Int8DepthwiseArgs a;
      a.geometry = g;
      a.source = x.data();
      a.channels = channels;
      a.source_zero = source_zero;
      a.weight = weight.data();
      a.tap_pitch = tap_pitch;
      a.target = y.data();
      a.requantization = r;
      const int64_t cut = Between(&random, 0, g.target_h);
      table->depthwise(a, cut, g.target_h);
      table->depthwise(a, 0, cut);
      EXPECT_TRUE(y.Intact());
      ASSERT_EQ(y.Copy(), expected) << table->isa << ", seed " << seed << ": " << Describe(g)
                                    << ", " << channels << " channels";
    }
  }
}

TEST(Int8KernelsTest, RoundsHalfUpAndClamps) {
  // One product of 1x1: y = zero + (sum + bias) / 4.
  const int32_t multiplier = 1 << 30, bias[] = {0};
  const int8_t shift = 1;
  for (const Int8Kernels* table : AllInt8Tables()) {
    for (const auto& [sum, expected] : std::vector<std::pair<int, int>>{{0, 10},
                                                                        {1, 10},
                                                                        {2, 11},
                                                                        {3, 11},
                                                                        {-1, 10},
                                                                        {-2, 10},
                                                                        {-3, 9},
                                                                        {-6, 9},
                                                                        {-7, 8},
                                                                        {127, 42},
                                                                        {-128, -20}}) {
      Int8DepthwiseArgs a;
      const Numbers<int8_t> x(std::vector<int8_t>{static_cast<int8_t>(sum)}), y(1);
      const Numbers<int8_t> one(std::vector<int8_t>{1});
      a.source = x.data();
      a.channels = a.tap_pitch = 1;
      a.weight = one.data();
      a.target = y.data();
      a.requantization = {bias, &multiplier, &shift, 10, -20, 127};
      table->depthwise(a, 0, 1);
      EXPECT_EQ(y[0], expected) << table->isa << ", sum " << sum;
    }
  }
}

TEST(Int8KernelsTest, FixedPointIsTheNearest) {
  EXPECT_EQ(ToFixedPoint(0.25).multiplier, 1 << 30);
  EXPECT_EQ(ToFixedPoint(0.25).shift, 1);
  EXPECT_EQ(ToFixedPoint(0).multiplier, 0);
  EXPECT_EQ(ToFixedPoint(1e-30).multiplier, 0);
  EXPECT_EQ(ToFixedPoint(nextafter(0.25, 0)).multiplier, 1 << 30);  // rounds up to the next power
  EXPECT_EQ(ToFixedPoint(nextafter(0.25, 0)).shift, 1);
  for (const double half : {0.5, nextafter(0.5, 0)}) {
    EXPECT_EQ(ToFixedPoint(half).multiplier, INT32_MAX);
    EXPECT_EQ(ToFixedPoint(half).shift, 1);
  }
  Random random(13);
  for (int i = 0; i < 1000; ++i) {
    const double scale =
        ldexp(0.5 + random.Uniform() / 2, -static_cast<int>(Between(&random, 1, 31)));
    const FixedPoint f = ToFixedPoint(scale);
    ASSERT_GE(f.shift, 1);
    ASSERT_LE(f.shift, 31);
    EXPECT_NEAR(f.multiplier / ldexp(1, 31 + f.shift), scale, scale * ldexp(1, -31));
  }
}

// A table of one width, packed once, serves narrower ones: the same bytes at the same places.
TEST(Int8KernelsTest, PackedWeightsOfEveryGroupHoldEachWeightOnce) {
  constexpr int64_t kOutputs = 18, kTaps = 2, kChannels = 7;
  std::vector<int8_t> weight(kOutputs * kTaps * kChannels);
  for (size_t i = 0; i < weight.size(); ++i) weight[i] = static_cast<int8_t>(i % 127 + 1);
  for (const int group : {1, 2, 4}) {
    std::vector<int8_t> packed(PackedInt8Size(kOutputs, kTaps, kChannels), 99);
    PackInt8Weights(weight.data(), kOutputs, kTaps, kChannels, group, packed.data());
    std::vector<int8_t> expected(packed.size(), 0);
    for (int64_t o = 0; o < kOutputs; ++o) {
      for (int64_t k = 0; k < kTaps; ++k) {
        for (int64_t c = 0; c < kChannels; ++c) {
          const int64_t at = (o / kBlock * kTaps + k) * Int8TapPitch(kChannels) +
                             c / group * kBlock * group + o % kBlock * group + c % group;
          expected[at] = weight[(o * kTaps + k) * kChannels + c];
        }
      }
    }
    EXPECT_EQ(packed, expected) << group;
  }
}

}  // namespace
}  // namespace slim
