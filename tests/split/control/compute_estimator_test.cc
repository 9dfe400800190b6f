#include "split/control/compute_estimator.h"

#include <math.h>

#include "gtest/gtest.h"

namespace slim {
namespace {

constexpr int64_t kMacs[] = {100, 200};

TEST(ComputeEstimator, ScalesRowsByTheirMacsByHand) {
  ComputeEstimator compute;
  ASSERT_TRUE(compute.Init(kMacs, 2, 2).ok());
  EXPECT_DOUBLE_EQ(compute.Estimate(0).mean_us, 200);
  EXPECT_DOUBLE_EQ(compute.Estimate(0).variance, 100 * 100);  // half of the mean
  EXPECT_DOUBLE_EQ(compute.Estimate(1).mean_us, 400);

  ASSERT_TRUE(compute.Observe(0, 400).ok());  // 4 us per MAC, deviation 1
  EXPECT_DOUBLE_EQ(compute.Estimate(0).mean_us, 400);
  EXPECT_DOUBLE_EQ(compute.Estimate(0).variance, 125 * 125);  // 1.25 * 100 MACs * 1
  EXPECT_DOUBLE_EQ(compute.Estimate(1).mean_us, 800);
  EXPECT_DOUBLE_EQ(compute.Estimate(1).variance, 250 * 250 + 200 * 200);  // a quarter, unseen

  ASSERT_TRUE(compute.Observe(1, 1000).ok());  // 5 us per MAC: this row is not like its MACs
  EXPECT_DOUBLE_EQ(compute.Estimate(1).mean_us, 1000);
  EXPECT_DOUBLE_EQ(compute.Estimate(0).mean_us, 400);
}

TEST(ComputeEstimator, LoadSeenOnOneRowMovesTheOthers) {
  ComputeEstimator compute;
  ASSERT_TRUE(compute.Init(kMacs, 2, 1).ok());
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(compute.Observe(0, 400).ok());
    ASSERT_TRUE(compute.Observe(1, 1000).ok());
  }
  for (int i = 0; i < 15; ++i) ASSERT_TRUE(compute.Observe(1, 2000).ok());
  EXPECT_NEAR(compute.Estimate(1).mean_us, 2000, 20);
  EXPECT_NEAR(compute.Estimate(0).mean_us, 800, 80);
}

TEST(ComputeEstimator, ASlowFirstRunIsForgotten) {
  ComputeEstimator compute;
  ASSERT_TRUE(compute.Init(kMacs, 2, 1).ok());
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(compute.Observe(0, 100).ok());
  ASSERT_TRUE(compute.Observe(1, 100000).ok());
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(compute.Observe(1, 200).ok());
  EXPECT_NEAR(compute.Estimate(1).mean_us, 200, 30);
  EXPECT_NEAR(compute.Estimate(0).mean_us, 100, 15);
}

TEST(ComputeEstimator, JudgesWhatItIsGiven) {
  ComputeEstimator compute;
  const int64_t none[] = {100, 0}, huge[] = {kMostMacs + 1}, negative[] = {-5};
  EXPECT_FALSE(compute.Init(kMacs, 0, 1).ok());
  EXPECT_FALSE(compute.Init(kMacs, ComputeEstimator::kMaxRows + 1, 1).ok());
  EXPECT_EQ(compute.Init(none, 2, 1).where, 1);
  EXPECT_FALSE(compute.Init(huge, 1, 1).ok());
  EXPECT_FALSE(compute.Init(negative, 1, 1).ok());
  for (const double pace : {0.0, -1.0, double(NAN), double(INFINITY)}) {
    EXPECT_FALSE(compute.Init(kMacs, 2, pace).ok()) << pace;
  }
  ASSERT_TRUE(compute.Init(kMacs, 2, 1).ok());
  for (const int row : {-1, 2, INT32_MAX}) EXPECT_FALSE(compute.Observe(row, 10).ok());
  for (const int64_t us : {int64_t{0}, int64_t{-1}, INT64_MIN, INT64_MAX, kMostMicroseconds + 1}) {
    EXPECT_FALSE(compute.Observe(0, us).ok()) << us;
  }
  EXPECT_DOUBLE_EQ(compute.Estimate(0).mean_us, 100);  // nothing was learned from these
}

TEST(ComputeEstimator, ExtremesStayFinite) {
  const int64_t macs[] = {1, kMostMacs};
  ComputeEstimator compute;
  ASSERT_TRUE(compute.Init(macs, 2, 1e6).ok());
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(compute.Observe(i % 2, i % 3 == 0 ? 1 : kMostMicroseconds).ok());
    for (int row = 0; row < 2; ++row) {
      EXPECT_TRUE(isfinite(compute.Estimate(row).mean_us));
      EXPECT_GE(compute.Estimate(row).mean_us, 0);
      EXPECT_TRUE(isfinite(compute.Estimate(row).variance));
    }
  }
}

}  // namespace
}  // namespace slim
