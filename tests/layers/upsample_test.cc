#include "layers/upsample.h"

#include <gtest/gtest.h>
#include <math.h>

#include "tests/layers/refusal.h"

namespace slim {
namespace {

using Numbers = std::vector<float>;

// The layer on an image of one row and one channel.
LayerHarness<float> RunRow(const Upsample& layer, const Numbers& x) {
  const int64_t w = static_cast<int64_t>(x.size());
  LayerHarness<float> h(MakeCase("hand", layer, {{1}}, {{1, 1, w, {0}}}), 0);
  Set(h.Input(0), x);
  h.Forward(HarnessMode::kEval);
  return h;
}

TEST(Upsample, NearestByHand) {
  auto h = RunRow(Upsample{2, 0}, {1, 2});
  EXPECT_EQ(h.inference().output, Shape(1, 2, 4, 1));
  EXPECT_EQ(Get(h.Output()), (Numbers{1, 1, 2, 2, 1, 1, 2, 2}));
  Set(h.GradOutput(), {1, 2, 3, 4, 1, 2, 3, 4});
  h.Backward();
  EXPECT_EQ(Get(h.GradInput(0)), (Numbers{6, 14}));
}

TEST(Upsample, BilinearByHand) {
  auto h = RunRow(Upsample{2, 1}, {0, 4});
  EXPECT_EQ(Get(h.Output()), (Numbers{0, 1, 3, 4, 0, 1, 3, 4}));
  Set(h.GradOutput(), {1, 2, 3, 4, 1, 2, 3, 4});
  h.Backward();
  EXPECT_EQ(Get(h.GradInput(0)), (Numbers{6.5f, 13.5f}));
  h.accumulate[0] = true;
  h.Backward();
  EXPECT_EQ(Get(h.GradInput(0)), (Numbers{13, 27}));
}

TEST(Upsample, BilinearMixesRowsAndColumns) {
  LayerHarness<float> h(MakeCase("square", Upsample{2, 1}, {{1}}, {{1, 2, 2, {0}}}), 0);
  Set(h.Input(0), {0, 4, 8, 12});
  h.Forward(HarnessMode::kEval);
  EXPECT_EQ(Get(h.Output()), (Numbers{0, 1, 3, 4, 2, 3, 5, 6, 6, 7, 9, 10, 8, 9, 11, 12}));
}

TEST(Upsample, BilinearByThree) {
  const auto h = RunRow(Upsample{3, 1}, {0, 3});
  const Numbers row = {0, 0, 1, 2, 3, 3};
  for (int k = 0; k < 18; ++k) EXPECT_NEAR(h.Output()[k], row[k % 6], 1e-6f) << k;
}

// What has no part in a pixel does not reach it, not even as infinity times zero.
TEST(Upsample, PixelsThatAreNotMixedDoNotMatter) {
  EXPECT_EQ(RunRow(Upsample{1, 1}, {1, INFINITY, 3}).Output()[2], 3);
  EXPECT_EQ(RunRow(Upsample{2, 0}, {1, NAN}).Output()[1], 1);
  EXPECT_EQ(RunRow(Upsample{2, 1}, {1, NAN}).Output()[0], 1);
}

TEST(Upsample, RefusesBadFields) {
  const auto refusal = [](const Upsample& layer) {
    return RefusalOf(MakeCase("bad", layer, {{1}}, {{1, 4, 4, {0}}}));
  };
  EXPECT_EQ(refusal(Upsample{1, 0}), "");
  EXPECT_EQ(refusal(Upsample{0, 0}), "factor must be at least 1");
  EXPECT_EQ(refusal(Upsample{2, 2}), "bilinear must be 0 or 1");
  EXPECT_EQ(RefusalOf(MakeCase("two", Upsample(), {{1}}, {{1, 4, 4, {0}}, {1, 4, 4, {0}}})),
            "the layer has another number of inputs");
}

}  // namespace
}  // namespace slim
