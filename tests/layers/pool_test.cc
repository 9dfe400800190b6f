#include <gtest/gtest.h>
#include <math.h>

#include "layers/avg_pool.h"
#include "layers/max_pool.h"
#include "tests/layers/refusal.h"

namespace slim {
namespace {

using Numbers = std::vector<float>;

// The layer on one image of h x w pixels, forward and backward.
template <class L>
LayerHarness<float> RunPool(const L& layer, int h, int w, const Numbers& x, const Numbers& dy) {
  LayerHarness<float> harness(MakeCase("hand", layer, {{1}}, {{1, h, w, {0}}}), 0);
  Set(harness.Input(0), x);
  harness.Forward(HarnessMode::kEval);
  Set(harness.GradOutput(), dy);
  harness.Backward();
  return harness;
}

TEST(MaxPool, ByHand) {
  const auto h = RunPool(MaxPool{2, 1, 0}, 3, 3, {1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 2, 3, 4});
  EXPECT_EQ(Get(h.Output()), (Numbers{5, 6, 8, 9}));
  EXPECT_EQ(Get(h.GradInput(0)), (Numbers{0, 0, 0, 0, 1, 2, 0, 3, 4}));
}

TEST(MaxPool, WindowsThatOverlapAddUp) {
  auto h = RunPool(MaxPool{2, 1, 0}, 2, 3, {1, 5, 2, 0, 3, 4}, {10, 100});
  EXPECT_EQ(Get(h.Output()), (Numbers{5, 5}));
  EXPECT_EQ(Get(h.GradInput(0)), (Numbers{0, 110, 0, 0, 0, 0}));
  Set(h.GradInput(0), Numbers(6, 1.0f));
  h.accumulate[0] = true;
  h.Backward();
  EXPECT_EQ(Get(h.GradInput(0)), (Numbers{1, 111, 1, 1, 1, 1}));
}

TEST(MaxPool, PaddingNeverWins) {
  const auto h =
      RunPool(MaxPool{3, 2, 1}, 3, 3, {-9, -8, -7, -6, -5, -4, -3, -2, -1}, {1, 2, 3, 4});
  EXPECT_EQ(Get(h.Output()), (Numbers{-5, -4, -2, -1}));
  EXPECT_EQ(Get(h.GradInput(0)), (Numbers{0, 0, 0, 0, 1, 2, 0, 3, 4}));
}

TEST(MaxPool, TheFirstOfEqualNumbersGetsTheGradient) {
  const auto h = RunPool(MaxPool{2, 1, 1}, 2, 2, {7, 7, 7, 7}, {1, 2, 3, 4, 5, 6, 7, 8, 9});
  EXPECT_EQ(Get(h.Output()), Numbers(9, 7.0f));
  EXPECT_EQ(Get(h.GradInput(0)), (Numbers{1 + 2 + 4 + 5, 3 + 6, 7 + 8, 9}));
}

TEST(MaxPool, NanIsTheLargestAndInfinityANumber) {
  const auto nan = RunPool(MaxPool(), 2, 2, {1, NAN, 3, 4}, {1});
  EXPECT_TRUE(isnan(nan.Output()[0]));
  const auto low = RunPool(MaxPool(), 2, 2, Numbers(4, -INFINITY), {1});
  EXPECT_EQ(low.Output()[0], -INFINITY);
  EXPECT_EQ(Get(low.GradInput(0)), (Numbers{1, 0, 0, 0}));
}

TEST(AvgPool, ByHand) {
  const auto h = RunPool(AvgPool{2, 1, 0}, 3, 3, {1, 2, 3, 4, 5, 6, 7, 8, 9}, {4, 8, 12, 16});
  EXPECT_EQ(Get(h.Output()), (Numbers{3, 4, 6, 7}));
  EXPECT_EQ(Get(h.GradInput(0)), (Numbers{1, 3, 2, 4, 10, 6, 3, 7, 4}));
}

TEST(AvgPool, PaddingCountsOrNot) {
  const Numbers x = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  const Numbers times_seen = {1, 2, 1, 2, 4, 2, 1, 2, 1};
  const auto with = RunPool(AvgPool{3, 2, 1, 1}, 3, 3, x, Numbers(4, 9.0f));
  EXPECT_EQ(Get(with.Output()), (Numbers{12 / 9.0f, 16 / 9.0f, 24 / 9.0f, 28 / 9.0f}));
  EXPECT_EQ(Get(with.GradInput(0)), times_seen);
  auto without = RunPool(AvgPool{3, 2, 1, 0}, 3, 3, x, Numbers(4, 4.0f));
  EXPECT_EQ(Get(without.Output()), (Numbers{3, 4, 6, 7}));
  EXPECT_EQ(Get(without.GradInput(0)), times_seen);
  without.accumulate[0] = true;
  without.Backward();
  EXPECT_EQ(Get(without.GradInput(0)), (Numbers{2, 4, 2, 4, 8, 4, 2, 4, 2}));
}

template <class L>
class EveryPool : public ::testing::Test {};
using Layers = ::testing::Types<MaxPool, AvgPool>;
TYPED_TEST_SUITE(EveryPool, Layers);

TYPED_TEST(EveryPool, RoundsTheOutputDown) {
  Inference i;
  const LayerCase c = MakeCase("odd", TypeParam{3, 2, 1}, {{5}}, {{2, 7, 8, {0}}});
  ASSERT_TRUE(InferCase(c, 0, 4, 0, &i).ok());
  EXPECT_EQ(i.output, Shape(2, 4, 4, 5));
}

TYPED_TEST(EveryPool, RefusesWindowsThatMakeNoSense) {
  const auto refusal = [](const TypeParam& layer) {
    return RefusalOf(MakeCase("bad", layer, {{1}}, {{1, 4, 2, {0}}}));
  };
  EXPECT_EQ(refusal(TypeParam{2, 2, 1}), "");
  EXPECT_EQ(refusal(TypeParam{0, 1, 0}), "kernel and stride must be at least 1");
  EXPECT_EQ(refusal(TypeParam{1, 0, 0}), "kernel and stride must be at least 1");
  EXPECT_EQ(refusal(TypeParam{3, 1, 2}), "padding must be at most half the kernel");
  EXPECT_EQ(refusal(TypeParam{3, 1, 0}), "the kernel is larger than the padded input");
}

TYPED_TEST(EveryPool, TakesOneInput) {
  EXPECT_EQ(RefusalOf(MakeCase("two", TypeParam(), {{1}}, {{1, 4, 4, {0}}, {1, 4, 4, {0}}})),
            "the layer has another number of inputs");
}

TEST(AvgPool, RefusesAnUnknownCount) {
  EXPECT_EQ(RefusalOf(MakeCase("bad", AvgPool{2, 2, 0, 2}, {{1}}, {{1, 4, 4, {0}}})),
            "count_include_padding must be 0 or 1");
}

}  // namespace
}  // namespace slim
