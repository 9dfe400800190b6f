#include "tests/support/guarded_buffer.h"

#include <gtest/gtest.h>

namespace slim {
namespace {

TEST(GuardedBufferTest, StartsAsNanAndLeavesItsBytesToTheCaller) {
  GuardedBuffer buffer(3 * sizeof(float), sizeof(float));
  float* numbers = buffer.As<float>();
  for (int i = 0; i < 3; ++i) {
    EXPECT_NE(numbers[i], numbers[i]);
    numbers[i] = 1;
  }
  EXPECT_TRUE(buffer.Intact());
}

TEST(GuardedBufferTest, FindsAWriteBeforeTheStartAndInTheGapBehindTheEnd) {
  GuardedBuffer before(4, 4);
  before.As<unsigned char>()[-1] = 0;
  EXPECT_FALSE(before.Intact());
  GuardedBuffer behind(4, 64);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(behind.As<char>()) % 64, 0u);
  behind.As<unsigned char>()[4] = 0;
  EXPECT_FALSE(behind.Intact());
}

TEST(GuardedBufferDeathTest, ReadingBehindTheEndIsACrash) {
  GuardedBuffer buffer(12, 4);
  const volatile float* numbers = buffer.As<float>();
  EXPECT_DEATH((void)numbers[3], "");
}

}  // namespace
}  // namespace slim
