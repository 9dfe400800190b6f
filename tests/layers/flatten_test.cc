#include "layers/flatten.h"

#include <gtest/gtest.h>

#include "tests/layers/refusal.h"

namespace slim {
namespace {

using Numbers = std::vector<float>;

TEST(Flatten, KeepsTheOrderOfMemory) {
  LayerHarness<float> h(MakeCase("hand", Flatten{{1}}, {{2, 4}}, {{2, 1, 2, {0}}}), 0);
  EXPECT_EQ(h.inference().output, Shape(2, 1, 1, 4));
  Set(h.Input(0), {1, 2, 3, 4, 5, 6, 7, 8});
  h.Forward(HarnessMode::kEval);
  EXPECT_EQ(Get(h.Output()), (Numbers{1, 2, 3, 4, 5, 6, 7, 8}));
  Set(h.GradOutput(), {8, 7, 6, 5, 4, 3, 2, 1});
  h.Backward();
  EXPECT_EQ(Get(h.GradInput(0)), (Numbers{8, 7, 6, 5, 4, 3, 2, 1}));
  h.accumulate[0] = true;
  h.Backward();
  EXPECT_EQ(Get(h.GradInput(0)), (Numbers{16, 14, 12, 10, 8, 6, 4, 2}));
}

TEST(Flatten, RefusesAnOutputOfAnotherSize) {
  const auto refusal = [](uint16_t out) {
    return RefusalOf(MakeCase("bad", Flatten{{1}}, {{5, out}}, {{2, 3, 2, {0}}}));
  };
  const std::string rule =
      "the output must have as many channels as the input has numbers per image";
  EXPECT_EQ(refusal(30), "");
  EXPECT_EQ(refusal(29), rule);
  EXPECT_EQ(refusal(31), rule);
  EXPECT_EQ(RefusalOf(MakeCase("space", Flatten{{3}}, {{5}}, {{2, 3, 2, {0}}})),
            "the channel space does not exist");
  EXPECT_EQ(RefusalOf(MakeCase("two", Flatten{{0}}, {{1}}, {{1, 1, 1, {0}}, {1, 1, 1, {0}}})),
            "the layer has another number of inputs");
}

}  // namespace
}  // namespace slim
