#include "layers/multiply.h"

#include <gtest/gtest.h>

#include "tests/layers/refusal.h"

namespace slim {
namespace {

using Numbers = std::vector<float>;

// Two images of 1x2 pixels and two channels.
LayerCase TwoImages() {
  return MakeCase("hand", Multiply(), {{2}}, {{2, 1, 2, {0}}, {2, 1, 1, {0}}});
}

TEST(Multiply, ScalesEachChannelOfEachImage) {
  LayerHarness<float> h(TwoImages(), 0);
  Set(h.Input(0), {1, 2, 3, 4, /**/ 5, 6, 7, 8});
  Set(h.Input(1), {10, 0.5f, /**/ -1, 2});
  h.Forward(HarnessMode::kEval);
  EXPECT_EQ(Get(h.Output()), (Numbers{10, 1, 30, 2, /**/ -5, 12, -7, 16}));
  EXPECT_EQ(h.inference().macs, 8);
}

TEST(Multiply, GradientsByHand) {
  LayerHarness<float> h(TwoImages(), 0);
  Set(h.Input(0), {1, 2, 3, 4, /**/ 5, 6, 7, 8});
  Set(h.Input(1), {10, 0.5f, /**/ -1, 2});
  h.Forward(HarnessMode::kEval);
  Set(h.GradOutput(), {1, 2, 3, 4, /**/ 1, 0, 0, 1});
  h.Backward();
  EXPECT_EQ(Get(h.GradInput(0)), (Numbers{10, 1, 30, 2, /**/ -1, 0, 0, 2}));
  EXPECT_EQ(Get(h.GradInput(1)), (Numbers{1 + 9, 4 + 16, /**/ 5, 8}));

  h.accumulate[0] = h.accumulate[1] = true;
  h.Backward();
  EXPECT_EQ(Get(h.GradInput(0)), (Numbers{20, 2, 60, 4, /**/ -2, 0, 0, 4}));
  EXPECT_EQ(Get(h.GradInput(1)), (Numbers{20, 40, /**/ 10, 16}));
}

TEST(Multiply, RefusesFactorsOfAnotherShape) {
  const std::string rule =
      "the second input must have one pixel, and the images and channels of the first";
  const auto refusal = [](const InputSpec& factors) {
    return RefusalOf(MakeCase("bad", Multiply(), {{2, 3}}, {{2, 4, 4, {0}}, factors}));
  };
  EXPECT_EQ(refusal({2, 1, 1, {0}}), "");
  EXPECT_EQ(refusal({1, 1, 1, {0}}), rule);
  EXPECT_EQ(refusal({2, 4, 4, {0}}), rule);
  EXPECT_EQ(refusal({2, 1, 1, {1}}), rule);
  EXPECT_EQ(RefusalOf(MakeCase("one", Multiply(), {{2}}, {{2, 4, 4, {0}}})),
            "the layer has another number of inputs");
}

}  // namespace
}  // namespace slim
