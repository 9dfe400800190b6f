#include "split/codec/bit_pack.h"

#include <string.h>

#include <vector>

#include "core/random.h"
#include "gtest/gtest.h"
#include "tests/support/guarded_buffer.h"

namespace slim {
namespace {

using Bytes = std::vector<uint8_t>;

Bytes Packed(const Bytes& symbols, int bits) {
  const int64_t count = static_cast<int64_t>(symbols.size());
  Bytes out(static_cast<size_t>(PackedBytes(count, bits)));
  EXPECT_TRUE(
      PackBits(symbols.data(), count, bits, out.data(), static_cast<int64_t>(out.size())).ok());
  return out;
}

TEST(BitPackTest, ByHand) {
  EXPECT_EQ(Packed({1, 0, 1, 1, 0, 0, 0, 1}, 1), (Bytes{0xb1}));
  EXPECT_EQ(Packed({1, 0, 1, 1, 0, 0, 0, 1, 1}, 1), (Bytes{0xb1, 0x80}));
  EXPECT_EQ(Packed({3, 0, 2, 1}, 2), (Bytes{0xc9}));
  EXPECT_EQ(Packed({7, 0, 5}, 3), (Bytes{0xe2, 0x80}));  // 111 000 10|1 0000000
  EXPECT_EQ(Packed({0xa, 0xb, 0xc}, 4), (Bytes{0xab, 0xc0}));
  EXPECT_EQ(Packed({0x7f, 0, 0x7f}, 7), (Bytes{0xfe, 0x03, 0xf8}));
  EXPECT_EQ(Packed({0x12, 0xff}, 8), (Bytes{0x12, 0xff}));
  EXPECT_EQ(Packed({0, 0xff, 0xfe}, 2), (Bytes{0x38}));  // only the lowest bits count
  EXPECT_EQ(Packed({}, 5), Bytes{});
}

// The paper's 6 x 96 x 96 features take exactly 6912 bytes a bit.
TEST(BitPackTest, SizesByHand) {
  for (int bits = 1; bits <= 8; ++bits) EXPECT_EQ(PackedBytes(6 * 96 * 96, bits), 6912 * bits);
  EXPECT_EQ(PackedBytes(0, 8), 0);
  EXPECT_EQ(PackedBytes(1, 1), 1);
  EXPECT_EQ(PackedBytes(9, 7), 8);
  EXPECT_EQ(PackedBytes(INT64_MAX, 8), INT64_MAX);
  EXPECT_EQ(PackedBytes(INT64_MAX, 1), INT64_MAX / 8 + 1);
}

// Every number of bits at every length around a word: what comes back is what went in, within the
// bytes promised.
TEST(BitPackTest, RoundTripWithinItsBytes) {
  Random random(7);
  for (int bits = 1; bits <= 8; ++bits) {
    for (int64_t count = 0; count < 40; ++count) {
      GuardedBuffer symbols(count, 1), packed(PackedBytes(count, bits), 1), back(count, 1);
      for (int64_t i = 0; i < count; ++i) {
        symbols.As<uint8_t>()[i] = static_cast<uint8_t>(random.Below(1u << bits));
      }
      ASSERT_TRUE(
          PackBits(symbols.As<uint8_t>(), count, bits, packed.As<uint8_t>(), packed.bytes()).ok());
      ASSERT_TRUE(
          UnpackBits(packed.As<uint8_t>(), packed.bytes(), bits, back.As<uint8_t>(), count).ok());
      ASSERT_EQ(memcmp(symbols.As<uint8_t>(), back.As<uint8_t>(), static_cast<size_t>(count)), 0);
      ASSERT_TRUE(packed.Intact() && back.Intact());
    }
  }
}

TEST(BitPackTest, RefusesOtherBytes) {
  uint8_t symbols[9] = {};
  const Bytes bytes = {0xff, 0x80, 0};
  EXPECT_TRUE(UnpackBits(bytes.data(), 2, 1, symbols, 9).ok());
  EXPECT_FALSE(UnpackBits(bytes.data(), 1, 1, symbols, 9).ok());
  EXPECT_FALSE(UnpackBits(bytes.data(), 3, 1, symbols, 9).ok());
  EXPECT_FALSE(UnpackBits(bytes.data(), 2, 0, symbols, 9).ok());
  EXPECT_FALSE(UnpackBits(bytes.data(), 2, 9, symbols, 9).ok());
  for (int bit = 0; bit < 7; ++bit) {  // each bit after the ninth symbol
    const uint8_t dirty[] = {0xff, static_cast<uint8_t>(0x80 | 1 << bit)};
    EXPECT_FALSE(UnpackBits(dirty, 2, 1, symbols, 9).ok()) << bit;
  }
}

TEST(BitPackTest, RefusesASmallBuffer) {
  const uint8_t symbols[9] = {};
  uint8_t out[2];
  const Status status = PackBits(symbols, 9, 1, out, 1);
  EXPECT_EQ(status.code, StatusCode::kTooSmall);
  EXPECT_EQ(status.where, 2);
  EXPECT_FALSE(PackBits(symbols, 9, 0, out, 2).ok());
  EXPECT_FALSE(PackBits(symbols, 9, 9, out, 100).ok());
}

}  // namespace
}  // namespace slim
