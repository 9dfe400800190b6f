#include "layers/transposed_conv2d.h"

#include <gtest/gtest.h>

#include "tests/layers/refusal.h"

namespace slim {
namespace {

using Numbers = std::vector<float>;

// 2 x 2 pixels 1 2 / 3 4, one channel in and out.
LayerCase OneChannel(const TransposedConv2d& layer) {
  return MakeCase("one_channel", layer, {{1, 1}}, {{1, 2, 2, {0}}});
}

Numbers Enlarged(const TransposedConv2d& layer, const Numbers& weight) {
  LayerHarness<float> h(OneChannel(layer), 0);
  Set(h.Input(0), {1, 2, 3, 4});
  Set(h.Param("weight"), weight);
  h.Forward(HarnessMode::kEval);
  return Get(h.Output());
}

const Numbers kOnes(9, 1);

TEST(TransposedConv2d, PutsTheKernelWhereThePixelIs) {
  EXPECT_EQ(Enlarged({{0}, {1}, 2, 2, 0, 0}, {1, 2, 3, 4}),
            (Numbers{1, 2, 2, 4, /**/ 3, 4, 6, 8, /**/ 3, 6, 4, 8, /**/ 9, 12, 12, 16}));
  // A kernel smaller than the stride leaves gaps.
  EXPECT_EQ(Enlarged({{0}, {1}, 1, 2, 0, 0}, {5}),
            (Numbers{5, 0, 10, /**/ 0, 0, 0, /**/ 15, 0, 20}));
}

TEST(TransposedConv2d, AddsWhereKernelsOverlap) {
  EXPECT_EQ(Enlarged({{0}, {1}, 3, 2, 1, 0}, kOnes),
            (Numbers{1, 3, 2, /**/ 4, 10, 6, /**/ 3, 7, 4}));
  EXPECT_EQ(Enlarged({{0}, {1}, 3, 1, 1, 0}, kOnes), (Numbers{10, 10, 10, 10}));
}

TEST(TransposedConv2d, OutputPaddingAddsAtTheBottomAndRight) {
  EXPECT_EQ(Enlarged({{0}, {1}, 3, 2, 1, 1}, kOnes),
            (Numbers{1, 3, 2, 2, /**/ 4, 10, 6, 6, /**/ 3, 7, 4, 4, /**/ 3, 7, 4, 4}));
  // Where no kernel reaches there is only the bias.
  LayerHarness<float> h(OneChannel({{0}, {1}, 1, 2, 0, 1, 1}), 0);
  Set(h.Input(0), {1, 2, 3, 4});
  Set(h.Param("weight"), {1});
  Set(h.Param("bias"), {7});
  h.Forward(HarnessMode::kEval);
  EXPECT_EQ(Get(h.Output()),
            (Numbers{8, 7, 9, 7, /**/ 7, 7, 7, 7, /**/ 10, 7, 11, 7, /**/ 7, 7, 7, 7}));
  EXPECT_EQ(h.inference().macs, 4);
}

// Two of three inputs and two of four outputs: weights are [1][O][KH][KW][I].
LayerHarness<float> Narrow(Activation activation) {
  TransposedConv2d layer{{0}, {1}, 2, 1, 0, 0, 1, activation};
  LayerHarness<float> h(MakeCase("narrow", layer, {{2, 2}, {3, 4}}, {{1, 1, 1, {0}}}), 0);
  Set(h.Input(0), {1, 10});
  Set(h.Param("weight"), {1, 2, 3, 4, 5, 6, 7, 8, /**/ -1, 0, 0, -1, 1, 0, 0, 1});
  Set(h.Param("bias"), {100, 0});
  return h;
}

TEST(TransposedConv2d, SumsOverTheActiveInputs) {
  LayerHarness<float> h = Narrow(Activation::kNone);
  h.Forward(HarnessMode::kEval);
  EXPECT_EQ(Get(h.Output()), (Numbers{121, -1, 143, -10, /**/ 165, 1, 187, 10}));
}

TEST(TransposedConv2d, GradientsByHand) {
  LayerHarness<float> h = Narrow(Activation::kRelu);
  h.Forward(HarnessMode::kEval);
  EXPECT_EQ(Get(h.Output()), (Numbers{121, 0, 143, 0, /**/ 165, 1, 187, 10}));
  Set(h.GradOutput(), {1, 5, 0, 5, /**/ 0, 0, 2, 3});
  h.Backward();
  // The two fives stop at the activation: 1 * (1, 2) + 2 * (7, 8) + 3 * (0, 1).
  EXPECT_EQ(Get(h.GradInput(0)), (Numbers{15, 21}));
  EXPECT_EQ(Get(h.GradParam("weight")),
            (Numbers{1, 10, 0, 0, 0, 0, 2, 20, /**/ 0, 0, 0, 0, 0, 0, 3, 30}));
  EXPECT_EQ(Get(h.GradParam("bias")), (Numbers{3, 3}));
}

TEST(TransposedConv2d, Refuses) {
  const auto refusal = [](TransposedConv2d layer, int64_t size = 4) {
    return RefusalOf(MakeCase("refused", layer, {{2, 3}}, {{1, size, size, {0}}}));
  };
  EXPECT_EQ(refusal({{0}, {1}}), "");
  EXPECT_EQ(refusal({{1}, {0}}), "the input has another number of channels than the layer");
  EXPECT_EQ(refusal({{0}, {2}}), "the channel space does not exist");
  EXPECT_EQ(refusal({{0}, {1}, 0}), "kernel must be at least 1");
  EXPECT_EQ(refusal({{0}, {1}, 3, 0, 1, 0}), "stride must be at least 1");
  EXPECT_EQ(refusal({{0}, {1}, 3, 2, 1, 2}), "output_padding must be less than stride");
  EXPECT_EQ(refusal({{0}, {1}, 3, 1, 1, 1}), "output_padding must be less than stride");
  EXPECT_EQ(refusal({{0}, {1}, 3, 1, 1, 0, 2}), "bias must be 0 or 1");
  EXPECT_EQ(refusal({{0}, {1}, 3, 2, 1, 0, 0, static_cast<Activation>(3)}), "unknown activation");
  EXPECT_EQ(refusal({{0}, {1}, 1, 1, 2, 0}), "padding cuts off all pixels");
  EXPECT_EQ(refusal({{0}, {1}, 1, 1, 2, 0}, 5), "");
  EXPECT_EQ(refusal({{0}, {1}, 1, 255, 0, 0}, 200),
            "one image of the input or output has more than 2^31 elements");
}

}  // namespace
}  // namespace slim
