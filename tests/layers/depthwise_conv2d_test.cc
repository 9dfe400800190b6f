#include "layers/depthwise_conv2d.h"

#include <gtest/gtest.h>

#include "tests/layers/refusal.h"

namespace slim {
namespace {

using Numbers = std::vector<float>;

// Two of three channels, 3 x 3 pixels, kernel 2 without padding.
LayerCase TwoChannels(uint8_t bias, Activation activation) {
  DepthwiseConv2d layer{{0}, 2, 1, 0, bias, activation};
  return MakeCase("two_channels", layer, {{2}, {3}}, {{1, 3, 3, {0}}});
}

void SetTwoChannels(const LayerHarness<float>& h) {
  Set(h.Input(0), {1, 1, 2, 0, 3, 2, /**/ 4, 0, 5, 1, 6, 0, /**/ 7, 3, 8, 0, 9, 1});
  Set(h.Param("weight"), {1, 0, 2, 1, /**/ 3, -1, 4, 0});
}

TEST(DepthwiseConv2d, ByHand) {
  LayerHarness<float> h(TwoChannels(0, Activation::kNone), 0);
  SetTwoChannels(h);
  h.Forward(HarnessMode::kEval);
  // 37 = 1 * 1 + 2 * 2 + 4 * 3 + 5 * 4, and 1 = 0 * 0 + 2 * 1 - 1 * 1 + 0 * 0.
  EXPECT_EQ(Get(h.Output()), (Numbers{37, 0, 47, 1, /**/ 67, -2, 77, 0}));
  EXPECT_EQ(h.inference().macs, 2 * 2 * 2 * 4);
}

TEST(DepthwiseConv2d, GradientsByHand) {
  LayerHarness<float> h(TwoChannels(1, Activation::kNone), 0);
  SetTwoChannels(h);
  h.Forward(HarnessMode::kEval);
  Set(h.GradOutput(), {1, 0, 0, 0, /**/ 0, 0, 10, 2});
  h.Backward();
  EXPECT_EQ(Get(h.GradInput(0)),
            (Numbers{1, 0, 2, 0, 0, 0, /**/ 3, 0, 14, 0, 20, 2, /**/ 0, 0, 30, -2, 40, 0}));
  EXPECT_EQ(Get(h.GradParam("weight")), (Numbers{51, 2, 62, 0, /**/ 84, 0, 95, 2}));
  EXPECT_EQ(Get(h.GradParam("bias")), (Numbers{11, 2}));
}

TEST(DepthwiseConv2d, BiasThenActivation) {
  LayerHarness<float> h(TwoChannels(1, Activation::kRelu), 0);
  SetTwoChannels(h);
  Set(h.Param("bias"), {-50, 1});
  h.Forward(HarnessMode::kEval);
  EXPECT_EQ(Get(h.Output()), (Numbers{0, 1, 0, 2, /**/ 17, 0, 27, 1}));
  Set(h.GradOutput(), {1, 1, 1, 1, /**/ 1, 1, 1, 1});
  h.Backward();
  EXPECT_EQ(Get(h.GradParam("bias")), (Numbers{2, 3}));  // where y > 0
}

TEST(DepthwiseConv2d, StrideAndPadding) {
  LayerHarness<float> h(MakeCase("strided", DepthwiseConv2d{{0}, 3, 2, 1}, {{1}}, {{2, 3, 3, {0}}}),
                        0);
  Set(h.Input(0), {1, 1, 1, 1, 1, 1, 1, 1, 1, /**/ 1, 2, 3, 4, 5, 6, 7, 8, 9});
  Set(h.Param("weight"), {1, 1, 1, 1, 1, 1, 1, 1, 1});
  h.Forward(HarnessMode::kEval);
  EXPECT_EQ(Get(h.Output()), (Numbers{4, 4, 4, 4, /**/ 12, 16, 24, 28}));
  Set(h.GradOutput(), {0, 0, 0, 0, /**/ 1, 0, 0, 10});
  h.Backward();
  EXPECT_EQ(Get(h.GradInput(0)),
            (Numbers{0, 0, 0, 0, 0, 0, 0, 0, 0, /**/ 1, 1, 0, 1, 11, 10, 0, 10, 10}));
  EXPECT_EQ(Get(h.GradParam("weight")), (Numbers{50, 60, 0, 80, 91, 2, 0, 4, 5}));
}

TEST(DepthwiseConv2d, Refuses) {
  const auto refusal = [](DepthwiseConv2d layer, int64_t size = 4) {
    return RefusalOf(MakeCase("refused", layer, {{2, 3}}, {{1, size, size, {0}}}));
  };
  EXPECT_EQ(refusal({{0}}), "");
  EXPECT_EQ(refusal({{1}}), "the input has another number of channels than the layer");
  EXPECT_EQ(refusal({{2}}), "the channel space does not exist");
  EXPECT_EQ(refusal({{0}, 0}), "kernel must be at least 1");
  EXPECT_EQ(refusal({{0}, 3, 0}), "stride must be at least 1");
  EXPECT_EQ(refusal({{0}, 7, 1, 1}), "the kernel is larger than the padded input");
  EXPECT_EQ(refusal({{0}, 7, 1, 1}, 5), "");
  EXPECT_EQ(refusal({{0}, 3, 1, 1, 2}), "bias must be 0 or 1");
  EXPECT_EQ(refusal({{0}, 3, 1, 1, 0, static_cast<Activation>(3)}), "unknown activation");
}

}  // namespace
}  // namespace slim
