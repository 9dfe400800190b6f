#include "layers/weighted_sum.h"

#include <gtest/gtest.h>
#include <math.h>

#include "tests/layers/refusal.h"

namespace slim {
namespace {

using Numbers = std::vector<float>;

// Three members of two numbers each: 1, 2 and 3 of them active. Space 0 counts members.
LayerCase ThreeMembers(const WeightedSum& layer) {
  return MakeCase("hand", layer, {{1, 2}, {2, 2}, {3, 2}},
                  {{1, 1, 1, {1}}, {1, 1, 1, {1}}, {1, 1, 1, {1}}});
}

TEST(WeightedSum, EachMemberCountsHalfTheOneBefore) {
  const Numbers members[] = {{1, -1}, {10, 0}, {100, 4}};
  const Numbers sums[] = {{2, -2}, {12, -2}, {62, 0}};
  for (Width width = 0; width < 3; ++width) {
    LayerHarness<float> h(ThreeMembers(WeightedSum()), width);
    ASSERT_EQ(h.num_inputs(), width + 1);
    for (int i = 0; i <= width; ++i) Set(h.Input(i), members[i]);
    h.Forward(HarnessMode::kEval);
    EXPECT_EQ(Get(h.Output()), sums[width]) << "width " << width;
    EXPECT_EQ(h.inference().macs, 2 * (width + 1));
  }
}

TEST(WeightedSum, GradientsByHand) {
  LayerHarness<float> h(ThreeMembers(WeightedSum()), 2);
  h.Forward(HarnessMode::kEval);
  Set(h.GradOutput(), {4, -8});
  h.Backward();
  EXPECT_EQ(Get(h.GradInput(0)), (Numbers{8, -16}));
  EXPECT_EQ(Get(h.GradInput(1)), (Numbers{4, -8}));
  EXPECT_EQ(Get(h.GradInput(2)), (Numbers{2, -4}));
  h.accumulate[1] = true;
  h.Backward();
  EXPECT_EQ(Get(h.GradInput(0)), (Numbers{8, -16}));
  EXPECT_EQ(Get(h.GradInput(1)), (Numbers{8, -16}));
}

TEST(WeightedSum, OtherWeights) {
  LayerHarness<float> h(ThreeMembers(WeightedSum{{0}, 1.0f, -3.0f}), 2);
  Set(h.Input(0), {1, 0});
  Set(h.Input(1), {0, 1});
  Set(h.Input(2), {1, 1});
  h.Forward(HarnessMode::kEval);
  EXPECT_EQ(Get(h.Output()), (Numbers{1 + 9, -3 + 9}));
}

TEST(WeightedSum, RefusesInputsThatDoNotMatch) {
  const InputSpec x = {1, 2, 2, {1}};
  const auto refusal = [](const std::vector<InputSpec>& inputs) {
    return RefusalOf(MakeCase("bad", WeightedSum(), {{1, 2}, {2, 2}}, inputs));
  };
  EXPECT_EQ(refusal({x, x}), "");
  EXPECT_EQ(refusal({x}), "there must be one input per member");
  EXPECT_EQ(refusal({x, x, x}), "there must be one input per member");
  EXPECT_EQ(refusal({x, {1, 2, 3, {1}}}), "the inputs differ in shape");
}

TEST(WeightedSum, RefusesBadFields) {
  const std::string rule = "first and ratio must give finite weights";
  EXPECT_EQ(RefusalOf(ThreeMembers(WeightedSum{{0}, INFINITY, 0.5f})), rule);
  EXPECT_EQ(RefusalOf(ThreeMembers(WeightedSum{{0}, 2.0f, NAN})), rule);
  EXPECT_EQ(RefusalOf(ThreeMembers(WeightedSum{{0}, 2.0f, 1e30f})), rule);
  EXPECT_EQ(RefusalOf(ThreeMembers(WeightedSum{{7}})), "the channel space does not exist");
}

}  // namespace
}  // namespace slim
