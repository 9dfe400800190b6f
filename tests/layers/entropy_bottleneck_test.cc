// EntropyBottleneck: values and gradients by hand, and the codec's quantiser to the bit.
#include "layers/entropy_bottleneck.h"

#include <gtest/gtest.h>

#include <vector>

#include "core/random.h"
#include "split/codec/quantizer.h"
#include "tests/layers/refusal.h"
#include "tests/support/layer_harness.h"

namespace slim {
namespace {

using Floats = std::vector<float>;

LayerCase Case(uint8_t bits, uint16_t rate = 1) {
  return MakeCase("entropy_bottleneck", EntropyBottleneck{{0}, {1}, bits}, {{1, rate}, {1, 2}},
                  {{1, 1, 6, {0}}});
}

TEST(EntropyBottleneckTest, ByHand) {
  LayerHarness<float> h(Case(2, 2), 0);
  Set(h.Param("step"), {9, 0.5f});  // the second rate: -1, -0.5, 0, 0.5
  Set(h.Input(0), {-5, -0.625f, -0.125f, 0.3125f, 0.5f, 7});
  h.Forward(HarnessMode::kEval);
  EXPECT_EQ(Get(h.Output()), (Floats{-1, -0.5f, 0, 0.5f, 0.5f, 0.5f}));
  Set(h.GradOutput(), {1, 2, 3, 4, 5, 6});
  h.Backward();
  EXPECT_EQ(Get(h.GradInput(0)), (Floats{0, 2, 3, 4, 5, 0}));
  // Each y = step * n with n fixed, but for x that goes straight through: n - x / step.
  const float inside = 2 * (-1 + 1.25f) + 3 * (0 + 0.25f) + 4 * (1 - 0.625f) + 5 * (1 - 1);
  EXPECT_EQ(Get(h.GradParam("step"))[0], 0);
  EXPECT_FLOAT_EQ(Get(h.GradParam("step"))[1], -2 * 1 + inside + 1 * 6);
  for (const float gradient : Get(h.GradParam("prior"))) EXPECT_EQ(gradient, 0);
}

TEST(EntropyBottleneckTest, IsTheQuantiserOfTheCodecToTheBit) {
  Random random(4);
  for (uint8_t bits = 2; bits <= 8; ++bits) {
    LayerHarness<float> h(Case(bits), 0, bits);
    const float step = random.Uniform(0.1f, 2);
    Set(h.Param("step"), {step});
    Floats x = Get(h.Input(0));
    for (float& v : x) v = 10 * random.Normal();
    Set(h.Input(0), x);
    h.Forward(HarnessMode::kEval);
    const EntropyBottleneck layer = {{0}, {1}, bits};
    Quantizer quantizer;
    ASSERT_TRUE(Quantizer::OfRange(layer.Low(step), layer.High(step), bits, &quantizer).ok());
    std::vector<uint8_t> symbols(x.size());
    Floats values(x.size());
    Quantize(quantizer, x.data(), x.size(), symbols.data());
    Dequantize(quantizer, symbols.data(), x.size(), values.data());
    EXPECT_EQ(Get(h.Output()), values) << int{bits} << " bits";
  }
}

TEST(EntropyBottleneckTest, Refuses) {
  EXPECT_EQ(RefusalOf(Case(9), 0), "a symbol has 2 to 8 bits");
  EXPECT_EQ(RefusalOf(Case(1), 0), "a symbol has 2 to 8 bits");
  EXPECT_EQ(RefusalOf(MakeCase("none", EntropyBottleneck{{0}, {2}}, {{1, 2}}, {{1, 1, 6, {0}}}), 0),
            "the channel space does not exist");
}

}  // namespace
}  // namespace slim
