#include "layers/gdn.h"

#include <gtest/gtest.h>
#include <math.h>

#include "tests/layers/refusal.h"

namespace slim {
namespace {

using Numbers = std::vector<double>;

void ExpectNear(const Numbers& actual, const Numbers& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t k = 0; k < actual.size(); ++k) EXPECT_NEAR(actual[k], expected[k], 1e-12) << k;
}

// What is stored for a value.
double Stored(double value) { return sqrt(value + ldexp(1, -36)); }

// One pixel (1, -2), two of three channels, beta (1, 2), gamma (1/2 1/4; 0 1): norms 2 and 4.
LayerHarness<double> OnePixel(uint8_t inverse) {
  LayerHarness<double> h(MakeCase("hand", Gdn{{0}, inverse}, {{2}, {3}}, {{1, 1, 1, {0}}}), 0);
  Set(h.Input(0), {1, -2});
  Set(h.Param("beta"), {Stored(1), Stored(2)});
  Set(h.Param("gamma"), {Stored(0.5), Stored(0.25), Stored(0), Stored(1)});
  return h;
}

TEST(Gdn, ByHand) {
  LayerHarness<double> divide = OnePixel(0);
  divide.Forward(HarnessMode::kEval);
  ExpectNear(Get(divide.Output()), {0.5, -0.5});
  LayerHarness<double> multiply = OnePixel(1);
  multiply.Forward(HarnessMode::kEval);
  ExpectNear(Get(multiply.Output()), {2, -8});
}

TEST(Gdn, GradientsByHand) {
  LayerHarness<double> h = OnePixel(0);
  h.Forward(HarnessMode::kEval);
  Set(h.GradOutput(), {1, 0});
  h.Backward();
  // The gradient of the first norm is -1 * 1 / 2^2 = -1/4; x_2 < 0.
  ExpectNear(Get(h.GradInput(0)), {1 / 2.0 - 1 / 8.0, 1 / 16.0});
  ExpectNear(Get(h.GradParam("beta")), {2 * Stored(1) * -0.25, 0});
  ExpectNear(Get(h.GradParam("gamma")), {2 * Stored(0.5) * -0.25, 2 * Stored(0.25) * -0.5, 0, 0});
}

TEST(Gdn, GradientsOfTheInverseByHand) {
  LayerHarness<double> h = OnePixel(1);
  h.Forward(HarnessMode::kEval);
  Set(h.GradOutput(), {1, 3});
  h.Backward();
  // The gradients of the norms are 1 * 1 and 3 * -2.
  ExpectNear(Get(h.GradInput(0)), {1 * 2 + (1 * 0.5 - 6 * 0), 3 * 4 - (1 * 0.25 - 6 * 1)});
  ExpectNear(Get(h.GradParam("beta")), {2 * Stored(1), 2 * Stored(2) * -6});
  ExpectNear(Get(h.GradParam("gamma")),
             {2 * Stored(0.5), 2 * Stored(0.25) * 2, 2 * Stored(0) * -6, 2 * Stored(1) * -12});
}

TEST(Gdn, WhatIsStoredBelowTheBoundCountsAsTheBound) {
  LayerHarness<double> h = OnePixel(1);
  Set(h.Param("beta"), {0, -5});
  Set(h.Param("gamma"), {-1, -1, -1, Stored(1)});
  h.Forward(HarnessMode::kEval);
  ExpectNear(Get(h.Output()), {1e-6, -2 * (1e-6 + 2)});
}

// As CompressAI's lower bound: otherwise a parameter that fell below would never come back.
TEST(Gdn, BelowTheBoundOnlyAGradientThatMovesUpPasses) {
  const double bound_of_beta = Stored(1e-6), bound_of_gamma = Stored(0);
  for (double sign : {1.0, -1.0}) {
    LayerHarness<double> h = OnePixel(1);
    Set(h.Param("beta"), {0, Stored(2)});
    Set(h.Param("gamma"), {-1, bound_of_gamma, Stored(0.5), -1});
    h.Forward(HarnessMode::kEval);
    Set(h.GradOutput(), {sign, 0});  // the gradient of the first norm, times 1
    h.Backward();
    const double passed = sign < 0 ? sign : 0;
    ExpectNear(Get(h.GradParam("beta")), {2 * bound_of_beta * passed, 0});
    // At the bound itself both directions pass.
    ExpectNear(Get(h.GradParam("gamma")),
               {2 * bound_of_gamma * passed, 2 * bound_of_gamma * 2 * sign, 0, 0});
  }
}

TEST(Gdn, AtZeroTheMagnitudeHasNoSlope) {
  LayerHarness<double> h = OnePixel(0);
  Set(h.Input(0), {0, -2});
  Set(h.Param("gamma"), {Stored(0.5), Stored(0.25), Stored(1), Stored(1)});
  h.Forward(HarnessMode::kEval);
  Set(h.GradOutput(), {0, 1});
  h.Backward();
  // Norms are 1.5 and 4; the gradient of the second is 2 / 4^2.
  ExpectNear(Get(h.GradInput(0)), {0, 1 / 4.0 - 1 / 8.0});
}

TEST(Gdn, Refuses) {
  const auto refusal = [](Gdn layer) {
    return RefusalOf(MakeCase("refused", layer, {{2, 3}}, {{1, 2, 2, {0}}}));
  };
  EXPECT_EQ(refusal({{0}}), "");
  EXPECT_EQ(refusal({{1}}), "the input has another number of channels than the layer");
  EXPECT_EQ(refusal({{2}}), "the channel space does not exist");
  EXPECT_EQ(refusal({{0}, 2}), "inverse must be 0 or 1");
}

}  // namespace
}  // namespace slim
