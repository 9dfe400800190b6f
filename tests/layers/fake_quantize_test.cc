// FakeQuantize: values by hand, gradients by hand, and the codec's quantiser to the bit.
#include "layers/fake_quantize.h"

#include <gtest/gtest.h>
#include <math.h>

#include <vector>

#include "core/random.h"
#include "split/codec/quantizer.h"
#include "tests/layers/refusal.h"
#include "tests/support/layer_harness.h"

namespace slim {
namespace {

using Floats = std::vector<float>;

LayerCase Case(uint16_t bits) {
  return MakeCase("fake_quantize", FakeQuantize{{0}, {1}}, {{1, bits}, {1, 8}}, {{1, 1, 6, {0}}});
}

TEST(FakeQuantizeTest, TwoBitsByHand) {
  LayerHarness<float> h(Case(2), 0);
  Set(h.Param("range"), {9, 9, -1, 2});  // the row of two bits: steps of 1 from -1 to 2
  Set(h.Input(0), {-5, -0.75f, -0.25f, 0.625f, 1.25f, 7});
  h.Forward(HarnessMode::kEval);
  EXPECT_EQ(Get(h.Output()), (Floats{-1, -1, 0, 1, 1, 2}));
  Set(h.GradOutput(), {1, 2, 3, 4, 5, 6});
  h.Backward();
  EXPECT_EQ(Get(h.GradInput(0)), (Floats{0, 2, 3, 4, 5, 0}));
  // Inside: (symbol - position) / 3 of each, times dy; the ends have all of it.
  const double inside = (2 * -0.25 + 3 * 0.25 + 4 * 0.375 + 5 * -0.25) / 3;
  const Floats range = Get(h.GradParam("range"));
  EXPECT_EQ(range[0], 0);
  EXPECT_EQ(range[1], 0);
  EXPECT_FLOAT_EQ(range[2], static_cast<float>(1 - inside));
  EXPECT_FLOAT_EQ(range[3], static_cast<float>(6 + inside));
}

TEST(FakeQuantizeTest, FromTheMiddleToTheEvenSymbol) {
  LayerHarness<float> h(Case(2), 0);
  Set(h.Param("range"), {9, 9, 0, 3});
  Set(h.Input(0), {0.5f, 1.5f, 2.5f, 3, 0, 1});
  h.Forward(HarnessMode::kEval);
  EXPECT_EQ(Get(h.Output()), (Floats{0, 2, 2, 3, 0, 1}));
}

TEST(FakeQuantizeTest, IsTheQuantiserOfTheCodecToTheBit) {
  Random random(4);
  for (uint16_t bits = 1; bits <= 8; ++bits) {
    LayerHarness<float> h(
        MakeCase("fake_quantize", FakeQuantize{{0}, {1}}, {{5, bits}, {5, 8}}, {{2, 4, 4, {0}}}), 0,
        bits);
    const float low = -0.5f - random.Uniform(0, 2), high = 0.25f + random.Uniform(0, 2);
    Floats range(2 * bits, 7);
    range[2 * bits - 2] = low;
    range[2 * bits - 1] = high;
    Set(h.Param("range"), range);
    Floats x = Get(h.Input(0));
    for (float& v : x) v = 3 * random.Normal();
    Set(h.Input(0), x);
    h.Forward(HarnessMode::kEval);
    Quantizer quantizer;
    ASSERT_TRUE(Quantizer::OfRange(low, high, bits, &quantizer).ok());
    std::vector<uint8_t> symbols(x.size());
    Floats values(x.size());
    Quantize(quantizer, x.data(), x.size(), symbols.data());
    Dequantize(quantizer, symbols.data(), x.size(), values.data());
    EXPECT_EQ(Get(h.Output()), values) << bits << " bits";
  }
}

TEST(FakeQuantizeTest, NanStaysToBeSeen) {
  LayerHarness<float> h(Case(2), 0);
  Set(h.Input(0), {NAN, 0, 0, 0, 0, INFINITY});
  h.Forward(HarnessMode::kEval);
  EXPECT_TRUE(isnan(h.Output()[0]));
  EXPECT_TRUE(isfinite(h.Output()[1]) && isfinite(h.Output()[5]));
}

TEST(FakeQuantizeTest, ARangeTurnedRoundIsNarrow) {
  LayerHarness<float> h(Case(1), 0);
  Set(h.Param("range"), {1, -1});
  Set(h.Input(0), {-9, -1, 0, 1, 2, 9});
  h.Forward(HarnessMode::kEval);
  for (const float v : Get(h.Output())) EXPECT_NEAR(v, 1, 1e-5);
}

TEST(FakeQuantizeTest, Refuses) {
  EXPECT_EQ(RefusalOf(MakeCase("nine", FakeQuantize{{0}, {1}}, {{1, 9}}, {{1, 1, 6, {0}}}), 0),
            "a symbol has at most 8 bits");
  EXPECT_EQ(RefusalOf(MakeCase("none", FakeQuantize{{0}, {2}}, {{1, 3}}, {{1, 1, 6, {0}}}), 0),
            "the channel space does not exist");
}

}  // namespace
}  // namespace slim
