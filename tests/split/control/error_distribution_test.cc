#include "split/control/error_distribution.h"

#include <math.h>

#include "core/random.h"
#include "gtest/gtest.h"

namespace slim {
namespace {

TEST(ErrorDistribution, IsLogisticAtFirst) {
  const ErrorDistribution errors;
  EXPECT_NEAR(errors.Below(0), 0.5, 1e-6);
  EXPECT_NEAR(errors.Below(1), 0.859816, 1e-5);  // 1 / (1 + exp(-pi / sqrt(3)))
  EXPECT_NEAR(errors.Below(1.5), 0.938237, 1e-5);
  EXPECT_NEAR(errors.Quantile(0.9), 1.256, 1e-3);  // between them
  EXPECT_NEAR(errors.Below(100), 1, 1e-6);
  EXPECT_EQ(errors.Below(-100), 0);
}

TEST(ErrorDistribution, OneErrorWeighsOneInFortyOneByHand) {
  ErrorDistribution errors;
  errors.Observe(-10);  // into the bin from -3 to -2.5
  EXPECT_NEAR(errors.Below(-2.5), 0.0106120 * 40 / 41 + 1.0 / 41, 1e-5);
  EXPECT_NEAR(errors.Below(0), 0.5 * 40 / 41 + 1.0 / 41, 1e-6);
}

TEST(ErrorDistribution, LearnsTheTailOfWhatItSees) {
  ErrorDistribution errors;
  Random random(1);
  // Exponential with mean and deviation 1, counted from the mean.
  for (int i = 0; i < 5000; ++i) errors.Observe(-log(1 - random.Uniform()) - 1);
  EXPECT_NEAR(errors.Below(0), 0.632, 0.08);
  EXPECT_NEAR(errors.Below(2), 0.950, 0.03);
  EXPECT_NEAR(errors.Quantile(0.9), 1.30, 0.4);
}

TEST(ErrorDistribution, QuantileIsTheInverseOfBelow) {
  ErrorDistribution errors;
  Random random(2);
  for (int i = 0; i < 300; ++i) {
    errors.Observe(2 * random.Normal() + 1);
    const double p = random.Uniform(0.01f, 0.99f);
    EXPECT_NEAR(errors.Below(errors.Quantile(p)), p, 1e-5);
  }
}

TEST(ErrorDistribution, ForgetsSlowly) {
  ErrorDistribution errors;
  for (int i = 0; i < 1000; ++i) errors.Observe(3.25);
  EXPECT_LT(errors.Below(3), 0.05);
  for (int i = 0; i < 1000; ++i) errors.Observe(0.25);
  EXPECT_GT(errors.Below(1), 0.95);
}

TEST(ErrorDistribution, InfiniteErrorsAreCounted) {
  ErrorDistribution errors;
  errors.Observe(INFINITY);
  errors.Observe(-INFINITY);
  EXPECT_NEAR(errors.Below(INFINITY), 1, 1e-6);
  EXPECT_EQ(errors.Below(-INFINITY), 0);
  EXPECT_LE(errors.Quantile(0.999), 8);
}

}  // namespace
}  // namespace slim
