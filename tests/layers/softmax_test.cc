#include "layers/softmax.h"

#include <gtest/gtest.h>
#include <math.h>

#include "tests/layers/refusal.h"

namespace slim {
namespace {

using Numbers = std::vector<float>;

void ExpectNear(const Numbers& actual, const Numbers& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t k = 0; k < actual.size(); ++k) EXPECT_NEAR(actual[k], expected[k], 1e-6f) << k;
}

// Two pixels of three channels.
LayerCase TwoPixels() { return MakeCase("hand", Softmax(), {{3}}, {{1, 1, 2, {0}}}); }

TEST(Softmax, ByHandAtEachPixel) {
  LayerHarness<float> h(TwoPixels(), 0);
  Set(h.Input(0), {0, logf(2), logf(5), /**/ 7, 7, 7});
  h.Forward(HarnessMode::kEval);
  ExpectNear(Get(h.Output()), {0.125f, 0.25f, 0.625f, /**/ 1 / 3.0f, 1 / 3.0f, 1 / 3.0f});
  Set(h.GradOutput(), {8, 0, 0, /**/ 5, 5, 5});
  h.Backward();
  ExpectNear(Get(h.GradInput(0)), {0.875f, -0.25f, -0.625f, /**/ 0, 0, 0});
  h.accumulate[0] = true;
  h.Backward();
  ExpectNear(Get(h.GradInput(0)), {1.75f, -0.5f, -1.25f, /**/ 0, 0, 0});
}

TEST(Softmax, LargeNumbersStayFinite) {
  LayerHarness<float> h(TwoPixels(), 0);
  Set(h.Input(0), {1000, 1000, -1000, /**/ -3e38f, 3e38f, 0});
  h.Forward(HarnessMode::kEval);
  ExpectNear(Get(h.Output()), {0.5f, 0.5f, 0, /**/ 0, 1, 0});
}

TEST(Softmax, TakesOneInput) {
  EXPECT_EQ(RefusalOf(MakeCase("two", Softmax(), {{1}}, {{1, 1, 1, {0}}, {1, 1, 1, {0}}})),
            "the layer has another number of inputs");
}

}  // namespace
}  // namespace slim
