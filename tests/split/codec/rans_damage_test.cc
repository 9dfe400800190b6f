// Messages that nobody encoded: a Status or other symbols, in bounds, in time.
#include "gtest/gtest.h"
#include "tests/split/codec/rans_support.h"

namespace slim {
namespace {

struct Message {
  RansTables tables;
  Bytes symbols, bytes;
};

Message MakeMessage(int64_t plane_size, int seed_bits = 0) {
  Random random(19);
  Message made{
      RansTables({MakeProbTable(Laplace(4, 1, 1)), MakeProbTable(Laplace(256, 99, 7))}, seed_bits),
      {},
      {}};
  Draw(Laplace(4, 1, 1), plane_size, random, &made.symbols);
  Draw(Laplace(256, 99, 7), plane_size, random, &made.symbols);
  for (uint8_t& symbol : made.symbols) {  // each may be a seed
    if (seed_bits > 0) symbol = static_cast<uint8_t>(symbol % (1 << seed_bits));
  }
  EXPECT_TRUE(made.tables.Encode(made.symbols, &made.bytes).ok());
  return made;
}

// What the damaged bytes decode to, if to anything, is never what was sent.
void ExpectNoticed(const Message& message, const Bytes& damaged) {
  Bytes symbols(message.symbols.size());
  if (!message.tables.Decode(damaged, &symbols).ok()) return;
  EXPECT_NE(symbols, message.symbols);
}

TEST(RansDamageTest, Truncations) {
  for (const int64_t plane_size : {1, 3, 200, 201}) {
    const Message message = MakeMessage(plane_size, plane_size % 2 == 0 ? 0 : 8);
    for (size_t size = 0; size < message.bytes.size(); ++size) {
      const int64_t end = static_cast<int64_t>(size);
      ExpectNoticed(message, Bytes(message.bytes.begin(), message.bytes.begin() + end));
      ExpectNoticed(message, Bytes(message.bytes.end() - end, message.bytes.end()));
    }
  }
}

TEST(RansDamageTest, Extensions) {
  for (const int64_t plane_size : {0, 1, 3, 200}) {
    const Message message = MakeMessage(plane_size, plane_size % 2 == 0 ? 0 : 8);
    for (int byte = 0; byte < 256; ++byte) {
      Bytes longer = message.bytes;
      for (int more = 1; more <= 5; ++more) {
        longer.push_back(static_cast<uint8_t>(byte));
        if (plane_size == 0) {
          Bytes none;
          EXPECT_FALSE(message.tables.Decode(longer, &none).ok()) << byte << " " << more;
        }
        ExpectNoticed(message, longer);
      }
    }
  }
}

TEST(RansDamageTest, BitFlips) {
  for (const int seed_bits : {0, 8}) {
    for (const int64_t plane_size : {1, 3, 200}) {
      const Message message = MakeMessage(plane_size, seed_bits);
      for (size_t bit = 0; bit < 8 * message.bytes.size(); ++bit) {
        Bytes flipped = message.bytes;
        flipped[bit / 8] = static_cast<uint8_t>(flipped[bit / 8] ^ 1 << bit % 8);
        ExpectNoticed(message, flipped);
      }
    }
  }
}

// Noise of every length, also for a plane far longer than its bytes.
TEST(RansDamageTest, Noise) {
  const Message seedless = MakeMessage(200), seeded = MakeMessage(200, 5);
  Random random(23);
  for (int trial = 0; trial < 3000; ++trial) {
    const Message& message = trial % 2 == 0 ? seedless : seeded;
    Bytes noise(random.Below(300));
    for (uint8_t& byte : noise) byte = static_cast<uint8_t>(random.NextBits());
    Bytes symbols(trial % 100 == 0 ? 20000 : 2 * random.Below(300));
    const Status status = message.tables.Decode(noise, &symbols);
    if (!status.ok()) {
      EXPECT_GE(status.where, 0);
      EXPECT_LE(status.where, static_cast<int64_t>(noise.size()));
    }
  }
}

TEST(RansDamageTest, EachRuleIsNamed) {
  const RansTables tables({TableOf(0, false, {2048, 2048})});
  Bytes symbols(1);
  const auto decode = [&](const Bytes& bytes) { return tables.Decode(bytes, &symbols); };
  EXPECT_TRUE(decode({0, 8}).ok());
  EXPECT_STREQ(decode({0, 8, 0}).text, "rANS: the state takes more bytes than it needs");
  EXPECT_EQ(decode({0, 8, 0}).where, 2);
  EXPECT_STREQ(decode({1, 8}).text, "rANS: the message does not end with its last symbol");
  const RansTables seeded({TableOf(0, false, {2048, 2048})}, 3);
  EXPECT_TRUE(seeded.Decode({7}, &symbols).ok());
  EXPECT_STREQ(seeded.Decode({8}, &symbols).text,
               "rANS: the message does not end with its last symbol");
  EXPECT_STREQ(decode({0, 0, 0, 8, 0, 0}).text, "rANS: bytes are left after the last symbol");
  EXPECT_EQ(decode({0, 0, 0, 8, 0, 0}).where, 4);
}

}  // namespace
}  // namespace slim
