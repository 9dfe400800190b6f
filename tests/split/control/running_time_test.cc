#include "split/control/running_time.h"

#include "gtest/gtest.h"

namespace slim {
namespace {

TEST(RunningTime, FollowsTheMedianOfThreeByHand) {
  RunningTime time;
  EXPECT_FALSE(time.seen());
  time.Observe(100);
  EXPECT_TRUE(time.seen());
  EXPECT_DOUBLE_EQ(time.mean(), 100);
  EXPECT_DOUBLE_EQ(time.variance(), 976.5625);  // (1.25 * 25)^2
  time.Observe(100);
  EXPECT_DOUBLE_EQ(time.mean(), 100);
  EXPECT_DOUBLE_EQ(time.variance(), 747.68066406250);  // (1.25 * 21.875)^2
  time.Observe(1000);  // the median is still 100; the deviation counts as 100: 31.640625
  EXPECT_DOUBLE_EQ(time.mean(), 100);
  EXPECT_DOUBLE_EQ(time.variance(), 1.25 * 1.25 * 31.640625 * 31.640625);
  time.Observe(1000);  // now it is 1000
  EXPECT_DOUBLE_EQ(time.mean(), 325);
}

TEST(RunningTime, OneHiccupDoesNotMoveTheMean) {
  RunningTime time;
  for (int i = 0; i < 20; ++i) time.Observe(50);
  time.Observe(5000);
  for (int i = 0; i < 20; ++i) time.Observe(50);
  EXPECT_DOUBLE_EQ(time.mean(), 50);
}

TEST(RunningTime, AChangeIsFollowedWithinTenValues) {
  RunningTime time;
  for (int i = 0; i < 20; ++i) time.Observe(50);
  for (int i = 0; i < 10; ++i) time.Observe(100);
  EXPECT_GT(time.mean(), 95);
}

TEST(RunningTime, ZerosAreFine) {
  RunningTime time;
  for (int i = 0; i < 5; ++i) time.Observe(0);
  EXPECT_EQ(time.mean(), 0);
  EXPECT_EQ(time.variance(), 0);
}

}  // namespace
}  // namespace slim
