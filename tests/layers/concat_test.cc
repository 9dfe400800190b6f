#include "layers/concat.h"

#include <gtest/gtest.h>

#include "tests/layers/refusal.h"

namespace slim {
namespace {

using Numbers = std::vector<float>;

// Spaces: 0 and 1 the parts, 2 the whole. Two pixels.
LayerCase TwoParts() {
  return MakeCase("hand", Concat{{2}}, {{1, 1, 2}, {1, 2, 3}}, {{1, 1, 2, {0}}, {1, 1, 2, {1}}});
}

TEST(Concat, ByHandAtBothWidths) {
  LayerHarness<float> wide(TwoParts(), 1);
  Set(wide.Input(0), {1, 2});
  Set(wide.Input(1), {10, 11, 20, 21});
  wide.Forward(HarnessMode::kEval);
  EXPECT_EQ(Get(wide.Output()), (Numbers{1, 10, 11, 2, 20, 21}));

  LayerHarness<float> narrow(TwoParts(), 0);
  Set(narrow.Input(0), {1, 2});
  Set(narrow.Input(1), {10, 20});
  narrow.Forward(HarnessMode::kEval);
  EXPECT_EQ(Get(narrow.Output()), (Numbers{1, 10, 2, 20}));
}

TEST(Concat, GradientsByHand) {
  LayerHarness<float> h(TwoParts(), 1);
  h.Forward(HarnessMode::kEval);
  Set(h.GradOutput(), {1, 2, 3, 4, 5, 6});
  h.Backward();
  EXPECT_EQ(Get(h.GradInput(0)), (Numbers{1, 4}));
  EXPECT_EQ(Get(h.GradInput(1)), (Numbers{2, 3, 5, 6}));
  h.freeze_input[0] = true;
  h.accumulate[1] = true;
  h.Backward();
  EXPECT_EQ(Get(h.GradInput(1)), (Numbers{4, 6, 10, 12}));
}

TEST(Concat, TakesUpToEightParts) {
  const std::vector<InputSpec> parts(8, {1, 1, 1, {0}});
  LayerHarness<float> h(MakeCase("eight", Concat{{1}}, {{1, 8}}, parts), 0);
  for (int i = 0; i < 8; ++i) Set(h.Input(i), {static_cast<float>(i)});
  h.Forward(HarnessMode::kEval);
  EXPECT_EQ(Get(h.Output()), (Numbers{0, 1, 2, 3, 4, 5, 6, 7}));
}

TEST(Concat, RefusesPartsThatDoNotFit) {
  const auto refusal = [](const std::vector<InputSpec>& inputs, uint16_t out) {
    return RefusalOf(MakeCase("bad", Concat{{1}}, {{2, out}}, inputs));
  };
  const InputSpec x = {2, 3, 3, {0}};
  EXPECT_EQ(refusal({x, x}, 4), "");
  EXPECT_EQ(refusal({x, x}, 5), "the parts have fewer channels than the output");
  EXPECT_EQ(refusal({x, x}, 3), "the parts have more channels than the output");
  EXPECT_EQ(refusal({x, {2, 3, 4, {0}}}, 4), "the inputs differ in more than channels");
  EXPECT_EQ(refusal({x, {1, 3, 3, {0}}}, 4), "the inputs differ in more than channels");
  EXPECT_EQ(refusal({}, 4), "the layer needs at least one input");
  EXPECT_EQ(RefusalOf(MakeCase("space", Concat{{9}}, {{2}}, {x})),
            "the channel space does not exist");
}

// A sum that fits at one width need not fit at another.
TEST(Concat, EachWidthIsJudged) {
  const LayerCase c =
      MakeCase("narrow", Concat{{1}}, {{1, 3}, {2, 4}}, {{1, 1, 1, {0}}, {1, 1, 1, {0}}});
  EXPECT_EQ(RefusalOf(c, 1), "");
  EXPECT_EQ(RefusalOf(c, 0), "the parts have fewer channels than the output");
}

}  // namespace
}  // namespace slim
