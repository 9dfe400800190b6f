#include "layers/instance_norm.h"

#include <gtest/gtest.h>
#include <math.h>

#include "tests/layers/refusal.h"

namespace slim {
namespace {

using Numbers = std::vector<float>;

void ExpectNear(const Numbers& actual, const Numbers& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t k = 0; k < actual.size(); ++k) EXPECT_NEAR(actual[k], expected[k], 1e-5f) << k;
}

Numbers Times(float factor, Numbers numbers) {
  for (float& number : numbers) number *= factor;
  return numbers;
}

constexpr float kEpsilon = 1e-5f;

// Two images of four pixels; two of three channels. Per image and channel: 1 3 5 7 (mean 4,
// variance 5), all 2; 10 30 50 70 + 1000 (variance 500), 0 0 0 4 (mean 1, variance 3).
LayerHarness<float> TwoImages(uint8_t affine, Activation activation) {
  InstanceNorm layer{{0}, kEpsilon, affine, activation};
  LayerHarness<float> h(MakeCase("hand", layer, {{2}, {3}}, {{2, 2, 2, {0}}}), 0);
  Set(h.Input(0), {1, 2, 3, 2, 5, 2, 7, 2, /**/ 1010, 0, 1030, 0, 1050, 0, 1070, 4});
  return h;
}

const float kOf5 = 1 / sqrtf(5 + kEpsilon), kOf500 = 10 / sqrtf(500 + kEpsilon);
const float kOf3 = 1 / sqrtf(3 + kEpsilon);

TEST(InstanceNorm, EachImageAndChannelByItself) {
  for (HarnessMode mode : {HarnessMode::kEval, HarnessMode::kTrain}) {
    LayerHarness<float> h = TwoImages(0, Activation::kNone);
    EXPECT_EQ(h.num_params(), 0);
    h.Forward(mode);
    ExpectNear(Get(h.Output()), {-3 * kOf5, 0, -kOf5, 0, kOf5, 0, 3 * kOf5, 0, -3 * kOf500, -kOf3,
                                 -kOf500, -kOf3, kOf500, -kOf3, 3 * kOf500, 3 * kOf3});
  }
}

TEST(InstanceNorm, AffineThenActivation) {
  LayerHarness<float> h = TwoImages(1, Activation::kRelu);
  Set(h.Param("scale"), {2, -1});
  Set(h.Param("shift"), {1, 0.5f});
  h.Forward(HarnessMode::kTrain);
  ExpectNear(Get(h.Output()),
             {0, 0.5f, 1 - 2 * kOf5, 0.5f, 1 + 2 * kOf5, 0.5f, 1 + 6 * kOf5, 0.5f, 0, 0.5f + kOf3,
              1 - 2 * kOf500, 0.5f + kOf3, 1 + 2 * kOf500, 0.5f + kOf3, 1 + 6 * kOf500, 0});
  Set(h.GradOutput(), {9, 1, 0, 1, 0, 1, 4, 1, /**/ 9, 0, 1, 2, 0, 0, 0, 9});
  h.Backward();  // the nines stop at the activation
  ExpectNear(Get(h.GradParam("scale")), {12 * kOf5 - kOf500, -2 * kOf3});
  ExpectNear(Get(h.GradParam("shift")), {5, 6});
}

TEST(InstanceNorm, GradientByHandWhetherStatisticsWereKeptOrNot) {
  for (HarnessMode mode : {HarnessMode::kEval, HarnessMode::kTrain}) {
    LayerHarness<float> h = TwoImages(0, Activation::kNone);
    h.Forward(mode);
    Set(h.GradOutput(), {1, 0, 0, 0, 0, 0, 0, 0, /**/ 0, 0, 0, 0, 0, 0, 0, 0});
    h.Backward();
    // sum g = 1, sum g (x - 4) = -3, r = 1 / sqrt(5):
    // dx = r (g - 1/4 + 3/20 (x - 4)) = r (0.3, -0.4, -0.1, 0.2)
    const Numbers expected = Times(kOf5, {0.3f, 0, -0.4f, 0, -0.1f, 0, 0.2f, 0,  //
                                          0, 0, 0, 0, 0, 0, 0, 0});
    ExpectNear(Get(h.GradInput(0)), expected);
  }
}

TEST(InstanceNorm, Refuses) {
  const auto refusal = [](InstanceNorm layer, int64_t height = 1, int64_t width = 2) {
    return RefusalOf(MakeCase("refused", layer, {{2, 3}}, {{4, height, width, {0}}}));
  };
  EXPECT_EQ(refusal({{0}}), "");
  EXPECT_EQ(refusal({{1}}), "the input has another number of channels than the layer");
  EXPECT_EQ(refusal({{2}}), "the channel space does not exist");
  EXPECT_EQ(refusal({{0}}, 1, 1), "a map of one pixel has no variance to normalise by");
  EXPECT_EQ(refusal({{0}, 0}), "epsilon must lie between 0 and 1");
  EXPECT_EQ(refusal({{0}, NAN}), "epsilon must lie between 0 and 1");
  EXPECT_EQ(refusal({{0}, kEpsilon, 2}), "affine must be 0 or 1");
  EXPECT_EQ(refusal({{0}, kEpsilon, 0, static_cast<Activation>(3)}), "unknown activation");
}

}  // namespace
}  // namespace slim
