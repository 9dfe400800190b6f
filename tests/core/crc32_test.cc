#include "core/crc32.h"

#include <string.h>
#include <zlib.h>

#include <vector>

#include "core/random.h"
#include "gtest/gtest.h"

namespace slim {
namespace {

uint32_t OfText(const char* text) {
  return Crc32(reinterpret_cast<const uint8_t*>(text), static_cast<int64_t>(strlen(text)));
}

TEST(Crc32Test, KnownValues) {
  EXPECT_EQ(Crc32(nullptr, 0), 0u);
  EXPECT_EQ(OfText("a"), 0xe8b7be43u);
  EXPECT_EQ(OfText("123456789"), 0xcbf43926u);  // the check value of CRC catalogues
}

// Lengths and starts around the eight bytes of a step; zlib is the judge.
TEST(Crc32Test, AgreesWithZlib) {
  Random random(1);
  std::vector<uint8_t> bytes(300);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random.NextBits());
  for (int start = 0; start < 9; ++start) {
    for (int size = 0; start + size <= 300; ++size) {
      const uLong expected = crc32(0, bytes.data() + start, static_cast<uInt>(size));
      ASSERT_EQ(Crc32(bytes.data() + start, size), expected) << start << " " << size;
    }
  }
}

TEST(Crc32Test, PartsFollowEachOther) {
  const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  for (int cut = 0; cut <= 11; ++cut) {
    EXPECT_EQ(Crc32(bytes + cut, 11 - cut, Crc32(bytes, cut)), Crc32(bytes, 11));
  }
}

}  // namespace
}  // namespace slim
