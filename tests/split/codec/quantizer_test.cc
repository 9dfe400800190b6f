#include "split/codec/quantizer.h"

#include <math.h>
#include <string.h>

#include <vector>

#include "core/crc32.h"
#include "core/random.h"
#include "gtest/gtest.h"

namespace slim {
namespace {

Quantizer OfRange(float low, float high, int bits) {
  Quantizer quantizer;
  EXPECT_TRUE(Quantizer::OfRange(low, high, bits, &quantizer).ok());
  return quantizer;
}

Quantizer OfBottleFit(float low, float high, int bits) {
  Quantizer quantizer;
  EXPECT_TRUE(Quantizer::OfBottleFit(low, high, bits, &quantizer).ok());
  return quantizer;
}

int SymbolOf(const Quantizer& quantizer, float x) {
  uint8_t symbol;
  Quantize(quantizer, &x, 1, &symbol);
  return symbol;
}

float ValueOf(const Quantizer& quantizer, uint8_t symbol) {
  float value;
  Dequantize(quantizer, &symbol, 1, &value);
  return value;
}

// [-1, 2] in 2 bits: steps of 1, the value 0 at symbol 1.
TEST(QuantizerTest, RangeByHand) {
  const Quantizer quantizer = OfRange(-1, 2, 2);
  EXPECT_EQ(quantizer.scale, 1);
  EXPECT_EQ(quantizer.zero, 1);
  EXPECT_EQ(SymbolOf(quantizer, -1), 0);
  EXPECT_EQ(SymbolOf(quantizer, 0.4f), 1);
  EXPECT_EQ(SymbolOf(quantizer, 0.6f), 2);
  EXPECT_EQ(SymbolOf(quantizer, 2), 3);
  EXPECT_EQ(SymbolOf(quantizer, 77), 3);
  EXPECT_EQ(SymbolOf(quantizer, -77), 0);
  EXPECT_EQ(ValueOf(quantizer, 0), -1);
  EXPECT_EQ(ValueOf(quantizer, 3), 2);
}

TEST(QuantizerTest, TheMiddleGoesToTheEvenSymbol) {
  const Quantizer quantizer = OfRange(0, 7, 3);
  EXPECT_EQ(SymbolOf(quantizer, 0.5f), 0);
  EXPECT_EQ(SymbolOf(quantizer, 1.5f), 2);
  EXPECT_EQ(SymbolOf(quantizer, 2.5f), 2);
  EXPECT_EQ(SymbolOf(quantizer, 6.5f), 6);
}

// Also where 1 / scale is no float: the quotient is exact, a product with the reciprocal is not.
TEST(QuantizerTest, MiddlesAreExactAtEveryScale) {
  for (int scale = 1; scale < 100; ++scale) {
    const Quantizer quantizer = OfRange(0, 255.0f * static_cast<float>(scale), 8);
    for (int symbol = 0; symbol < 255; ++symbol) {
      const float middle = (static_cast<float>(symbol) + 0.5f) * static_cast<float>(scale);
      ASSERT_EQ(SymbolOf(quantizer, middle), symbol + symbol % 2) << middle << " / " << scale;
    }
  }
}

// One bit keeps the two ends; both are exact up to one rounding.
TEST(QuantizerTest, EndsSurviveAtEveryNumberOfBits) {
  for (int bits = 1; bits <= 8; ++bits) {
    const Quantizer quantizer = OfRange(-0.7f, 3.1f, bits);
    EXPECT_EQ(SymbolOf(quantizer, -0.7f), 0);
    EXPECT_EQ(SymbolOf(quantizer, 3.1f), (1 << bits) - 1);
    EXPECT_FLOAT_EQ(ValueOf(quantizer, 0), -0.7f);
    EXPECT_FLOAT_EQ(ValueOf(quantizer, static_cast<uint8_t>((1 << bits) - 1)), 3.1f);
  }
}

// BottleFit, 8 bits, by hand.
TEST(QuantizerTest, BottleFitCutsTheZeroPoint) {
  const Quantizer cut = OfBottleFit(-1, 3, 8);  // zero = int(1 * 255 / 4) = int(63.75)
  EXPECT_EQ(cut.zero, 63);
  EXPECT_EQ(cut.scale, 4.0f / 255);
  EXPECT_EQ(SymbolOf(cut, 0), 63);
  EXPECT_EQ(ValueOf(cut, 63), 0);      // the value 0 is exact
  EXPECT_EQ(SymbolOf(cut, 1), 127);    // 63 + 63.75 = 126.75
  EXPECT_EQ(SymbolOf(cut, 3), 254);    // 63 + 191.25 = 254.25: symbol 255 stays unused
  EXPECT_EQ(SymbolOf(cut, -1), 0);     // 63 - 63.75, clamped
  EXPECT_EQ(SymbolOf(cut, 0.1f), 69);  // 63 + 6.375
  EXPECT_FLOAT_EQ(ValueOf(cut, 127), 64 * 4.0f / 255);
}

TEST(QuantizerTest, BottleFitClampsTheZeroPoint) {
  const Quantizer above = OfBottleFit(2, 257, 8);  // -2 / 1 is below symbol 0
  EXPECT_EQ(above.scale, 1);
  EXPECT_EQ(above.zero, 0);
  EXPECT_EQ(SymbolOf(above, 2), 2);
  EXPECT_EQ(SymbolOf(above, 257), 255);
  const Quantizer below = OfBottleFit(-300, -45, 8);  // 300 is above symbol 255
  EXPECT_EQ(below.zero, 255);
  EXPECT_EQ(SymbolOf(below, -45), 210);
  EXPECT_EQ(SymbolOf(below, -300), 0);
}

TEST(QuantizerTest, WhatIsNoNumberHasASymbol) {
  for (const Quantizer& quantizer : {OfRange(-3, 5, 4), OfBottleFit(-3, 5, 4)}) {
    EXPECT_EQ(SymbolOf(quantizer, NAN), 0);
    EXPECT_EQ(SymbolOf(quantizer, -NAN), 0);
    EXPECT_EQ(SymbolOf(quantizer, -INFINITY), 0);
    EXPECT_EQ(SymbolOf(quantizer, INFINITY), 15);
    EXPECT_EQ(SymbolOf(quantizer, 3e38f), 15);
  }
}

TEST(QuantizerTest, RefusesWhatIsNoRange) {
  Quantizer untouched;
  untouched.scale = 42;
  const auto refused = [&](float low, float high, int bits) {
    return !Quantizer::OfRange(low, high, bits, &untouched).ok() &&
           !Quantizer::OfBottleFit(low, high, bits, &untouched).ok() && untouched.scale == 42;
  };
  EXPECT_TRUE(refused(0, 1, 0));
  EXPECT_TRUE(refused(0, 1, 9));
  EXPECT_TRUE(refused(1, 1, 8));
  EXPECT_TRUE(refused(2, 1, 8));
  EXPECT_TRUE(refused(NAN, 1, 8));
  EXPECT_TRUE(refused(0, NAN, 8));
  EXPECT_TRUE(refused(-INFINITY, 1, 8));
  EXPECT_TRUE(refused(0, INFINITY, 8));
  EXPECT_TRUE(refused(-3e38f, 3e38f, 8));  // the width is no float
  EXPECT_TRUE(refused(0, 1e-40f, 8));      // the step is no normal one
  EXPECT_FALSE(refused(0, 1, 8));
}

TEST(QuantizerTest, JudgesFieldsOfAFile) {
  Quantizer quantizer;
  EXPECT_TRUE(quantizer.Judge().ok());
  for (const float scale : {0.0f, -1.0f, 1e-40f, INFINITY, NAN}) {
    quantizer = {};
    quantizer.scale = scale;
    EXPECT_FALSE(quantizer.Judge().ok()) << scale;
  }
  for (const float zero : {INFINITY, -INFINITY, NAN}) {
    quantizer = {};
    quantizer.zero = zero;
    EXPECT_FALSE(quantizer.Judge().ok()) << zero;
  }
  quantizer = {};
  quantizer.bits = 9;
  EXPECT_FALSE(quantizer.Judge().ok());
}

TEST(QuantizerTest, ErrorIsAtMostHalfAStep) {
  Random random(3);
  for (int bits = 1; bits <= 8; ++bits) {
    const Quantizer quantizer = OfRange(-2, 3, bits);
    for (int i = 0; i < 1000; ++i) {
      const float x = random.Uniform(-2, 3);
      const float value = ValueOf(quantizer, static_cast<uint8_t>(SymbolOf(quantizer, x)));
      EXPECT_LE(fabsf(value - x), quantizer.scale * 0.5001f);
    }
  }
}

TEST(QuantizerTest, PlanesAreTheChannels) {
  const Quantizer quantizers[] = {OfRange(0, 255, 8), OfRange(0, 15, 4)};
  const float x[] = {1, 2, 3, 4, 5, 99};  // three pixels of two channels
  uint8_t symbols[6];
  QuantizePlanes(quantizers, x, 3, 2, symbols);
  const uint8_t expected[] = {1, 3, 5, 2, 4, 15};
  EXPECT_EQ(memcmp(symbols, expected, 6), 0);
  float values[6];
  DequantizePlanes(quantizers, symbols, 3, 2, values);
  const float back[] = {1, 2, 3, 4, 5, 15};
  EXPECT_EQ(memcmp(values, back, sizeof back), 0);
}

// The same symbols and values from every compiler at every level: floats of all kinds, NaN and
// denormals included, and the checksum of what they become.
TEST(QuantizerTest, GoldenChecksum) {
  Random random(5);
  std::vector<float> x(100000);
  for (size_t i = 0; i < x.size(); ++i) {
    const uint32_t bits = static_cast<uint32_t>(random.NextBits());
    memcpy(&x[i], &bits, sizeof bits);
    if (i % 2 == 0) x[i] = random.Uniform(-4, 5);
  }
  uint32_t of_symbols = 0, of_values = 0;
  std::vector<uint8_t> symbols(x.size());
  std::vector<float> values(x.size());
  for (int bits = 1; bits <= 8; ++bits) {
    for (const Quantizer& quantizer :
         {OfRange(-3.3f, 4.7f, bits), OfBottleFit(-3.3f, 4.7f, bits)}) {
      Quantize(quantizer, x.data(), static_cast<int64_t>(x.size()), symbols.data());
      Dequantize(quantizer, symbols.data(), static_cast<int64_t>(x.size()), values.data());
      of_symbols = Crc32(symbols.data(), static_cast<int64_t>(symbols.size()), of_symbols);
      of_values = Crc32(reinterpret_cast<const uint8_t*>(values.data()),
                        static_cast<int64_t>(values.size() * sizeof(float)), of_values);
    }
  }
  EXPECT_EQ(of_symbols, 2987010061u);
  EXPECT_EQ(of_values, 3786488614u);
}

}  // namespace
}  // namespace slim
