#include "layers/activations.h"

#include <gtest/gtest.h>
#include <math.h>

#include "tests/layers/refusal.h"

namespace slim {
namespace {

const float kLn3 = logf(3.0f);

// Runs `layer` on the numbers x, as one pixel, and expects y and the slopes dy/dx.
template <class L>
void ExpectFunction(const L& layer, const std::vector<float>& x, const std::vector<float>& y,
                    const std::vector<float>& slopes) {
  const uint16_t channels = static_cast<uint16_t>(x.size());
  LayerHarness<float> h(MakeCase("hand", layer, {{channels}}, {{1, 1, 1, {0}}}), 0);
  Set(h.Input(0), x);
  h.Forward(HarnessMode::kEval);
  Set(h.GradOutput(), std::vector<float>(x.size(), 2.0f));
  h.Backward();
  for (size_t k = 0; k < x.size(); ++k) {
    EXPECT_NEAR(h.Output()[k], y[k], 1e-6f) << L::kName << " of " << x[k];
    EXPECT_NEAR(h.GradInput(0)[k], 2 * slopes[k], 1e-6f)
        << "slope of " << L::kName << " at " << x[k];
  }
}

TEST(Activations, ReluByHand) { ExpectFunction(Relu(), {-2, 0, 3}, {0, 0, 3}, {0, 0, 1}); }

TEST(Activations, Relu6ByHand) {
  ExpectFunction(Relu6(), {-1, 0, 3, 6, 7}, {0, 0, 3, 6, 6}, {0, 0, 1, 0, 0});
}

TEST(Activations, LeakyReluByHand) {
  ExpectFunction(LeakyRelu{{{}, 0.25f}}, {-2, 0, 4}, {-0.5f, 0, 4}, {0.25f, 0.25f, 1});
  ExpectFunction(LeakyRelu(), {-2}, {-0.02f}, {0.01f});
}

TEST(Activations, SigmoidByHand) {
  ExpectFunction(Sigmoid(), {0, kLn3, -kLn3}, {0.5f, 0.75f, 0.25f}, {0.25f, 0.1875f, 0.1875f});
}

TEST(Activations, SwishByHand) {
  ExpectFunction(Swish(), {0, kLn3, -kLn3}, {0, 0.75f * kLn3, -0.25f * kLn3},
                 {0.5f, 0.75f + 0.1875f * kLn3, 0.25f - 0.1875f * kLn3});
}

TEST(Activations, HardSwishByHand) {
  ExpectFunction(HardSwish(), {-4, -1, 0, 1, 4}, {0, -1 / 3.0f, 0, 2 / 3.0f, 4},
                 {0, 1 / 6.0f, 0.5f, 5 / 6.0f, 1});
}

TEST(Activations, LargeNumbersStayFinite) {
  ExpectFunction(Sigmoid(), {-1000, 1000}, {0, 1}, {0, 0});
  ExpectFunction(Swish(), {-1000, 1000}, {0, 1000}, {0, 1});
  ExpectFunction(HardSwish(), {-1e30f, 1000}, {0, 1000}, {0, 1});
}

template <class L>
class EveryActivation : public ::testing::Test {};
using Layers = ::testing::Types<Relu, Relu6, LeakyRelu, Sigmoid, Swish, HardSwish>;
TYPED_TEST_SUITE(EveryActivation, Layers);

// A network that has diverged must not look sane behind an activation.
TYPED_TEST(EveryActivation, LetsNanThrough) {
  LayerHarness<float> h(MakeCase("nan", TypeParam(), {{1}}, {{1, 1, 1, {0}}}), 0);
  Set(h.Input(0), {NAN});
  h.Forward(HarnessMode::kEval);
  EXPECT_TRUE(isnan(h.Output()[0]));
}

TYPED_TEST(EveryActivation, AddsToAGradientThatIsThere) {
  LayerHarness<float> h(MakeCase("add", TypeParam(), {{1}}, {{1, 1, 1, {0}}}), 0);
  Set(h.Input(0), {5});
  h.Forward(HarnessMode::kEval);
  Set(h.GradOutput(), {3});
  h.Backward();
  const float alone = h.GradInput(0)[0];
  Set(h.GradInput(0), {100});
  h.accumulate[0] = true;
  h.Backward();
  EXPECT_FLOAT_EQ(h.GradInput(0)[0], 100 + alone);
}

TYPED_TEST(EveryActivation, TakesOneInput) {
  EXPECT_EQ(RefusalOf(MakeCase("two", TypeParam(), {{1}}, {{1, 1, 1, {0}}, {1, 1, 1, {0}}})),
            "the layer has another number of inputs");
}

TEST(Activations, LeakyReluRefusesASlopeThatIsNotFinite) {
  for (float slope : {INFINITY, NAN}) {
    EXPECT_EQ(RefusalOf(MakeCase("slope", LeakyRelu{{{}, slope}}, {{1}}, {{1, 1, 1, {0}}})),
              "the slope must be finite");
  }
}

}  // namespace
}  // namespace slim
