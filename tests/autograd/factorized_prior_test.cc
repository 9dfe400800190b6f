// The factorised prior: probabilities by hand, gradients by finite differences, and what it learns.
#include "autograd/factorized_prior.h"

#include <gtest/gtest.h>
#include <math.h>

#include <functional>
#include <vector>

namespace slim {
namespace {

constexpr int kParams = 58;

// A prior whose l(v) is v: softplus of each matrix is 1 in the first layer and 1/3 in the others,
// so that three equal ways add up to one.
std::vector<double> Identity() {
  std::vector<double> channel(kParams, 0.0);
  for (int i = 0; i < kParams; ++i) {
    const bool matrix = i < 3 || (i >= 9 && i < 54 && (i - 9) % 15 < 9) || (i >= 54 && i < 57);
    if (matrix) channel[i] = log(expm1(i < 3 ? 1.0 : 1.0 / 3));
  }
  return channel;
}

double Logistic(double x) { return 1 / (1 + exp(-x)); }

TEST(FactorizedPrior, ProbabilitiesByHand) {
  const std::vector<double> channel = Identity();
  double p[3];
  PriorProbabilities(channel.data(), -1, 3, p);
  EXPECT_NEAR(p[1], Logistic(0.5) - Logistic(-0.5), 1e-12);
  EXPECT_NEAR(p[0], Logistic(-0.5) - Logistic(-1.5), 1e-12);
  EXPECT_NEAR(p[2], p[0], 1e-12);
}

TEST(FactorizedPrior, BitsByHand) {
  const std::vector<double> channel = Identity();
  LatentPrior<double> prior;
  prior.step = 0.5;
  prior.channels = channel.data();
  const std::vector<double> x = {0, 0.5, 100}, noise = {0, 0.25, 0};
  std::vector<double> gradient(3, 7.0);
  const Shape shape(1, 1, 3, 1);
  const double bits = LatentBits(TensorView<const double>(x.data(), shape), noise.data(), prior,
                                 0.0, TensorView<double>(gradient.data(), shape));
  const double second = Logistic(1.75) - Logistic(0.75);
  EXPECT_NEAR(bits, -log2(Logistic(0.5) - Logistic(-0.5)) - log2(second) - log2(1e-9), 1e-9);
  EXPECT_EQ(gradient, (std::vector<double>{7, 7, 7}));
}

// In float too, far from the middle: what is rare on one side costs what it costs on the other.
TEST(FactorizedPrior, BothTailsAreEqual) {
  const std::vector<double> wide = Identity();
  const std::vector<float> channel(wide.begin(), wide.end());
  LatentPrior<float> prior;
  prior.channels = channel.data();
  const std::vector<float> x = {16, -16, 19, -19}, noise(4);
  std::vector<float> gradient(4);
  const Shape shape(1, 1, 4, 1);
  LatentBits(TensorView<const float>(x.data(), shape), noise.data(), prior, 1.0,
             TensorView<float>(gradient.data(), shape));
  for (int i = 0; i < 4; i += 2) {
    EXPECT_NEAR(gradient[i], -gradient[i + 1], 1e-3 * gradient[i]);
    EXPECT_NEAR(gradient[i], 1 / log(2.0), 0.01);  // p falls as e^-x
  }
}

TEST(FactorizedPrior, BeginsWideAndAddsUpToOne) {
  Random random(3);
  std::vector<float> channel(kParams);
  InitialisePrior(channel.data(), random);
  std::vector<double> p(2001);
  PriorProbabilities(channel.data(), -1000, 2001, p.data());
  double sum = 0;
  for (double one : p) {
    EXPECT_GE(one, 0);
    sum += one;
  }
  EXPECT_NEAR(sum, 1, 1e-5);
  EXPECT_LT(p[1000], 0.2);
  EXPECT_GT(p[1000], 0.01);
}

class PriorGradient : public testing::Test {
 protected:
  PriorGradient() : shape_(2, 2, 2, 2) {
    Random random(5);
    for (int c = 0; c < 2; ++c) InitialisePrior(channels_ + c * kParams, random);
    for (double& v : channels_) v += 0.3 * random.Normal();
    for (int64_t i = 0; i < shape_.Count(); ++i) {
      x_.push_back(4 * random.Normal());
      noise_.push_back(random.Uniform() - 0.5);
    }
  }

  double Bits(double weight = 0, double* dx = nullptr, double* dstep = nullptr,
              double* dchannels = nullptr) {
    LatentPrior<double> prior;
    prior.step = step_;
    prior.channels = channels_;
    prior.step_gradient = dstep;
    prior.channel_gradients = dchannels;
    return LatentBits(TensorView<const double>(x_.data(), shape_), noise_.data(), prior, weight,
                      TensorView<double>(dx, shape_));
  }

  void ExpectSlope(double* at, double slope, const char* what, int64_t index) {
    const double kept = *at, h = 1e-5;
    *at = kept + h;
    const double above = Bits();
    *at = kept - h;
    const double below = Bits();
    *at = kept;
    EXPECT_NEAR(slope, 2 * (above - below) / (2 * h), 1e-6) << what << " " << index;
  }

  const Shape shape_;
  double step_ = 0.8, channels_[2 * kParams];
  std::vector<double> x_, noise_;
};

TEST_F(PriorGradient, MatchesFiniteDifferences) {
  std::vector<double> dx(x_.size()), dchannels(2 * kParams);
  double dstep = 0;
  Bits(2, dx.data(), &dstep, dchannels.data());
  for (size_t i = 0; i < x_.size(); ++i) ExpectSlope(&x_[i], dx[i], "x", i);
  for (int i = 0; i < 2 * kParams; ++i) ExpectSlope(&channels_[i], dchannels[i], "prior", i);
  ExpectSlope(&step_, dstep, "step", 0);
}

TEST_F(PriorGradient, AddsToWhatIsThere) {
  std::vector<double> dx(x_.size()), more(x_.size(), 1.0);
  const double bits = Bits(1, dx.data());
  EXPECT_EQ(Bits(1, more.data()), bits);
  for (size_t i = 0; i < x_.size(); ++i) EXPECT_DOUBLE_EQ(more[i], 1 + dx[i]);
}

// Steps down the gradient find a distribution: the bits come close to the entropy of the rounded
// numbers (of a normal distribution of deviation 2: 3.05 bits).
TEST(FactorizedPrior, LearnsADistribution) {
  Random random(9);
  std::vector<double> channel(kParams), gradient(kParams), x(2000), noise(2000);
  InitialisePrior(channel.data(), random);
  const Shape shape(1, 1, 2000, 1);
  double bits = 0;
  std::vector<double> first(kParams), second(kParams);  // Adam
  for (int step = 1; step <= 600; ++step) {
    for (size_t i = 0; i < x.size(); ++i) {
      x[i] = 2 * random.Normal();
      noise[i] = random.Uniform() - 0.5;
    }
    std::fill(gradient.begin(), gradient.end(), 0.0);
    LatentPrior<double> prior;
    prior.channels = channel.data();
    prior.channel_gradients = gradient.data();
    bits = LatentBits(TensorView<const double>(x.data(), shape), noise.data(), prior, 1.0 / 2000,
                      TensorView<double>()) /
           2000;
    for (int i = 0; i < kParams; ++i) {
      first[i] = 0.9 * first[i] + 0.1 * gradient[i];
      second[i] = 0.999 * second[i] + 0.001 * gradient[i] * gradient[i];
      channel[i] -= 0.02 * first[i] / (1 - pow(0.9, step)) /
                    (sqrt(second[i] / (1 - pow(0.999, step))) + 1e-8);
    }
  }
  EXPECT_NEAR(bits, 3.05, 0.09);
}

}  // namespace
}  // namespace slim
