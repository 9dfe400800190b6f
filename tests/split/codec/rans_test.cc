// What messages are, and that they come back.
#include "split/codec/rans.h"

#include "gtest/gtest.h"
#include "tests/split/codec/golden_hex.h"
#include "tests/split/codec/rans_support.h"

namespace slim {
namespace {

Bytes Encoded(const RansTables& tables, const Bytes& symbols) {
  Bytes message;
  const Status status = tables.Encode(symbols, &message);
  EXPECT_TRUE(status.ok()) << status.text;
  return message;
}

Bytes Decoded(const RansTables& tables, const Bytes& message, size_t count) {
  Bytes symbols(count);
  const Status status = tables.Decode(message, &symbols);
  EXPECT_TRUE(status.ok()) << status.text;
  return symbols;
}

// state' = (state / f) * 4096 + state % f + start, from the last symbol to the first.
TEST(RansTest, EvenTableByHand) {
  const RansTables tables({TableOf(0, false, {2048, 2048})});
  EXPECT_EQ(Encoded(tables, {}), Bytes{});
  EXPECT_EQ(Encoded(tables, {0, 0, 0}), Bytes{});           // 0, 0, 0
  EXPECT_EQ(Encoded(tables, {1}), (Bytes{0x00, 0x08}));     // 2048
  EXPECT_EQ(Encoded(tables, {0, 1}), (Bytes{0x00, 0x10}));  // 2048, 4096
  EXPECT_EQ(Encoded(tables, {1, 1}), (Bytes{0x00, 0x18}));  // 2048, 4096 + 2048
  EXPECT_EQ(Encoded(tables, {1, 1, 1}), (Bytes{0x00, 0x38}));
}

TEST(RansTest, UnevenTableByHand) {
  const RansTables tables({TableOf(4, false, {1024, 3072})});
  EXPECT_EQ(Encoded(tables, {5, 4, 5}), (Bytes{0x00, 0x18}));  // 1024, 4096, 4096 + 1024 + 1024
}

// A symbol of frequency 1 adds 12 bits: 1, 2^12, 2^24, and before the fourth the lower word goes.
TEST(RansTest, WordsByHand) {
  const RansTables tables({TableOf(0, false, {1, 4095})});
  EXPECT_EQ(Encoded(tables, {0, 0, 1}), (Bytes{0, 0, 0, 1}));
  EXPECT_EQ(Encoded(tables, {0, 0, 0, 1}), (Bytes{0, 0, 0x10, 0, 0}));
}

// Symbol 9 has no entry: 9 * 16, then the escape, 144 * 4096 + 4095.
TEST(RansTest, EscapeByHand) {
  const RansTables tables({TableOf(7, true, {4095, 1})});
  EXPECT_EQ(Encoded(tables, {9}), (Bytes{0xff, 0x0f, 0x09}));
  EXPECT_EQ(Decoded(tables, {0xff, 0x0f, 0x09}, 1), Bytes{9});
}

// The last twelve bits are the state from which the others are pushed.
TEST(RansTest, SeedsByHand) {
  const Bytes even = TableOf(0, false, {1024, 1024, 1024, 1024});
  EXPECT_EQ(Encoded(RansTables({even}, 2), {1, 2, 3}), Bytes{0x1b});  // 01 10 11
  EXPECT_EQ(Encoded(RansTables({even}, 2), {0, 3, 3, 3, 3, 3, 3}), (Bytes{0xff, 0x33}));
  EXPECT_EQ(Encoded(RansTables({even}, 5), {1, 2, 3}), (Bytes{0x43, 0x04}));  // 1, 1024 + 0x43
  // All of the last plane are seeds, none of the first.
  EXPECT_EQ(Encoded(RansTables({even, even}, 2), {0, 1, 2, 3}), (Bytes{0x0b, 0x10}));
  EXPECT_EQ(Encoded(RansTables({even}, 2), {}), Bytes{});
  // A table need not know a seed.
  EXPECT_EQ(Encoded(RansTables({TableOf(0, false, {4096})}, 8), {0, 0, 255}), Bytes{0xff});
}

// Both messages are written by another implementation from the drawings in prob_table.h and rans.h.
TEST(RansTest, GoldenMessages) {
  for (const int seed_bits : {0, 4}) {
    auto golden = ReadGolden(seed_bits == 0 ? "rans_v1.hex" : "rans_seeded_v1.hex");
    ASSERT_EQ(golden.size(), 5u);
    const RansTables tables({golden["table0"], golden["table1"]}, seed_bits);
    Bytes symbols = golden["symbols0"];
    symbols.insert(symbols.end(), golden["symbols1"].begin(), golden["symbols1"].end());
    EXPECT_EQ(Encoded(tables, symbols), golden["message"]);
    EXPECT_EQ(Decoded(tables, golden["message"], symbols.size()), symbols);
  }
}

// The reciprocal instead of a division: where quotients change, for every frequency.
TEST(RansTest, ReciprocalIsExact) {
  for (uint64_t f = 1; f <= 4096; ++f) {
    const uint64_t rest = 4096 - f;
    const RansTables tables(
        {rest == 0   ? TableOf(0, false, {4096})
         : rest == 1 ? TableOf(0, false, {static_cast<int>(f), 1})
                     : TableOf(0, false, {static_cast<int>(f), static_cast<int>(rest)})});
    alignas(64) char memory[256];
    Workspace workspace(memory);
    const uint64_t reciprocal =
        RansEncodeTable::Make(tables.table(0), workspace).entries[0].reciprocal;
    for (const uint64_t quotient :
         {uint64_t{1}, uint64_t{4097}, uint64_t{1} << 19, (uint64_t{1} << 20) - 1}) {
      for (const uint64_t x : {quotient * f - 1, quotient * f, quotient * f + f - 1}) {
        ASSERT_EQ(x * reciprocal >> 44, x / f) << x << " / " << f;
      }
    }
  }
}

// Random tables of every kind and size, random planes, one to six of them, also narrower prefixes,
// with and without seeds.
TEST(RansTest, WhatGoesInComesOut) {
  Random random(13);
  for (int trial = 0; trial < 300; ++trial) {
    const int64_t planes = 1 + static_cast<int64_t>(random.Below(6));
    const int64_t plane_size = static_cast<int64_t>(random.Below(trial % 10 == 0 ? 5000 : 50));
    std::vector<Bytes> bytes;
    Bytes symbols;
    for (int64_t plane = 0; plane < planes; ++plane) {
      const int alphabet = 1 + static_cast<int>(random.Below(256));
      const double width = 0.05 + random.Uniform() * random.Uniform() * 60;
      const std::vector<double> weights = Laplace(alphabet, random.Uniform() * alphabet, width);
      bytes.push_back(MakeProbTable(weights));
      Draw(weights, plane_size, random, &symbols);
      for (int64_t i = 0; i < plane_size / 20; ++i) {  // and symbols that the prior did not expect
        symbols[symbols.size() - 1 - random.Below(static_cast<uint64_t>(plane_size))] =
            static_cast<uint8_t>(random.Below(static_cast<uint64_t>(alphabet)));
      }
    }
    for (const int64_t prefix : {planes, (planes + 1) / 2}) {
      const Bytes part(symbols.begin(), symbols.begin() + prefix * plane_size);
      int bits = 1;  // of the largest symbol
      for (const uint8_t symbol : part) {
        while (symbol >> bits != 0) ++bits;
      }
      for (const int seed_bits : {0, bits, 8}) {
        const RansTables tables(std::vector<Bytes>(bytes.begin(), bytes.begin() + prefix),
                                seed_bits);
        const Bytes message = Encoded(tables, part);
        ASSERT_EQ(Decoded(tables, message, part.size()), part) << trial << " " << seed_bits;
        ASSERT_TRUE(tables.Intact());
      }
    }
  }
}

// All 256 symbols through the escape of a table that lists another one.
TEST(RansTest, EscapesReachEverySymbol) {
  for (const int listed : {0, 128, 255}) {
    const RansTables tables({TableOf(static_cast<uint8_t>(listed), true, {4000, 96})});
    Bytes symbols;
    for (int i = 0; i < 256; ++i) symbols.push_back(static_cast<uint8_t>(i));
    EXPECT_EQ(Decoded(tables, Encoded(tables, symbols), 256), symbols);
  }
}

TEST(RansTest, RefusesASymbolWithoutProbability) {
  const RansTables tables({TableOf(0, false, {2048, 2048}), TableOf(3, false, {2048, 2048})});
  Bytes message;
  EXPECT_TRUE(tables.Encode({0, 1, 1, 3, 4, 4}, &message).ok());
  EXPECT_EQ(tables.Encode({0, 2, 1, 3, 4, 4}, &message).where, 1);
  EXPECT_EQ(tables.Encode({0, 1, 1, 3, 4, 2}, &message).where, 5);
  EXPECT_EQ(tables.Encode({0, 1, 1, 3, 5, 4}, &message).where, 4);
  EXPECT_EQ(tables.Encode({0, 1, 1, 3, 5, 4}, &message).code, StatusCode::kInvalid);
  // Two seeds of six bits.
  const RansTables seeded({TableOf(0, false, {2048, 2048})}, 6);
  EXPECT_TRUE(seeded.Encode({0, 1, 63, 63}, &message).ok());
  EXPECT_EQ(seeded.Encode({0, 2, 63, 63}, &message).where, 1);
  EXPECT_EQ(seeded.Encode({0, 1, 63, 64}, &message).where, 3);
  EXPECT_EQ(seeded.Encode({0, 1, 63, 64}, &message).code, StatusCode::kInvalid);
}

// Exactly the message's size suffices, every smaller buffer is refused and not overrun.
TEST(RansTest, SmallBuffers) {
  Random random(17);
  const std::vector<double> weights = Laplace(40, 11, 4);
  const RansTables tables({MakeProbTable(weights)});
  for (const int64_t count : {1, 2, 5, 300}) {
    Bytes symbols, message, again;
    Draw(weights, count, random, &symbols);
    symbols[0] = 39;
    ASSERT_TRUE(tables.Encode(symbols, &message).ok());
    const int64_t size = static_cast<int64_t>(message.size());
    for (int64_t capacity = 0; capacity < size; ++capacity) {
      const Status status = tables.Encode(symbols, &again, capacity);
      ASSERT_EQ(status.code, StatusCode::kTooSmall) << capacity;
      ASSERT_EQ(status.where, RansMostBytes(count));
    }
    ASSERT_TRUE(tables.Encode(symbols, &again, size).ok());
    EXPECT_EQ(again, message);
  }
}

// The promise of RansMostBytes at its worst: escapes of frequency 1.
TEST(RansTest, MostBytesSuffice) {
  const RansTables tables({TableOf(0, true, {4095, 1})});
  for (const size_t count : {1, 2, 3, 1000}) Encoded(tables, Bytes(count, 255));
  EXPECT_EQ(RansMostBytes(0), 4);
  EXPECT_EQ(RansMostBytes(INT64_MAX), INT64_MAX);
}

}  // namespace
}  // namespace slim
