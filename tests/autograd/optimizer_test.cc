// Optimizers and schedules: single steps computed by hand.
#include "autograd/optimizer.h"

#include <gtest/gtest.h>
#include <math.h>

#include <limits>

#include "autograd/schedule.h"
#include "core/error_host.h"
#include "layers/nets/nets_host.h"

namespace slim {
namespace {

class OptimizerTest : public testing::Test {
 protected:
  OptimizerTest() : graph_(MakeNet("plain-cnn", {})), parameters_(graph_) {
    weight_ = parameters_.Find("linear.weight");
    bias_ = parameters_.Find("linear.bias");
  }

  // Sets one weight and one bias to `value`, with gradient `gradient`.
  void Set(float value, float gradient) {
    weight_->value[0] = bias_->value[0] = value;
    weight_->gradient[0] = bias_->gradient[0] = gradient;
  }

  OwnedGraph graph_;
  Parameters<float> parameters_;
  Parameter<float>* weight_;
  Parameter<float>* bias_;
};

TEST_F(OptimizerTest, SgdWithMomentumAndDecay) {
  OptimizerOptions options;
  options.momentum = 0.5;
  options.weight_decay = 0.1;
  options.decay_vectors = false;
  const auto sgd = MakeOptimizer(options, parameters_);
  Set(2, 1);
  sgd->Step(parameters_, 0.1);
  EXPECT_FLOAT_EQ(weight_->value[0], 2 - 0.1 * (1 + 0.2));  // v = 1.2
  EXPECT_FLOAT_EQ(bias_->value[0], 2 - 0.1);                // v = 1, not decayed
  sgd->Step(parameters_, 0.1);
  EXPECT_FLOAT_EQ(bias_->value[0], 1.9 - 0.1 * 1.5);
  EXPECT_FLOAT_EQ(weight_->value[0], 1.88 - 0.1 * (0.5 * 1.2 + 1 + 0.188));
  EXPECT_EQ(sgd->steps(), 2);
}

TEST_F(OptimizerTest, Nesterov) {
  OptimizerOptions options;
  options.momentum = 0.5;
  options.nesterov = true;
  const auto sgd = MakeOptimizer(options, parameters_);
  Set(2, 1);
  sgd->Step(parameters_, 0.1);
  EXPECT_FLOAT_EQ(weight_->value[0], 2 - 0.1 * 1.5);  // d + momentum * v = 1 + 0.5
}

TEST_F(OptimizerTest, AdamFirstStepIsTheRate) {
  OptimizerOptions options;
  options.rule = "adam";
  const auto adam = MakeOptimizer(options, parameters_);
  Set(2, 0.01f);
  adam->Step(parameters_, 0.001);
  EXPECT_NEAR(weight_->value[0], 2 - 0.001, 1e-6);
}

TEST_F(OptimizerTest, AdamWDecaysBesideTheStep) {
  OptimizerOptions options;
  options.rule = "adamw";
  options.weight_decay = 0.1;
  const auto adamw = MakeOptimizer(options, parameters_);
  Set(2, 0);
  adamw->Step(parameters_, 0.01);
  EXPECT_FLOAT_EQ(weight_->value[0], 2 * (1 - 0.01 * 0.1));
}

TEST_F(OptimizerTest, FrozenParametersAndStatisticsStay) {
  EXPECT_EQ(parameters_.Freeze("linear", true), 2);
  const auto sgd = MakeOptimizer({}, parameters_);
  Set(2, 1);
  Parameter<float>* mean = parameters_.Find("bn1.mean@0");
  ASSERT_NE(mean, nullptr);
  mean->value[0] = 3;
  sgd->Step(parameters_, 0.1);
  EXPECT_EQ(weight_->value[0], 2);
  EXPECT_EQ(mean->value[0], 3);
  EXPECT_FALSE(mean->learns());
}

TEST_F(OptimizerTest, ClipsTheNormOfAllGradients) {
  weight_->gradient[0] = 3;
  bias_->gradient[0] = 4;
  EXPECT_DOUBLE_EQ(ClipGradients(parameters_, 10), 5);
  EXPECT_EQ(weight_->gradient[0], 3);
  EXPECT_DOUBLE_EQ(ClipGradients(parameters_, 1), 5);
  EXPECT_FLOAT_EQ(weight_->gradient[0], 0.6f);
  EXPECT_FLOAT_EQ(bias_->gradient[0], 0.8f);
}

TEST_F(OptimizerTest, NamesTheTensorThatIsNotFinite) {
  bias_->gradient[3] = std::numeric_limits<float>::infinity();
  try {
    GradientNorm(parameters_);
    FAIL() << "an infinite gradient went unnoticed";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kFailure);
    EXPECT_NE(std::string(error.what()).find("linear.bias"), std::string::npos) << error.what();
  }
}

TEST_F(OptimizerTest, RefusesWhatMakesNoSense) {
  const auto refused = [&](auto change) {
    OptimizerOptions options;
    change(options);
    EXPECT_THROW(MakeOptimizer(options, parameters_), Error);
  };
  refused([](OptimizerOptions& o) { o.rule = "sdg"; });
  refused([](OptimizerOptions& o) { o.momentum = 1; });
  refused([](OptimizerOptions& o) { o.momentum = NAN; });
  refused([](OptimizerOptions& o) { o.weight_decay = -1; });
  refused([](OptimizerOptions& o) { o.nesterov = true, o.momentum = 0; });
  refused([](OptimizerOptions& o) { o.rule = "adam", o.beta1 = 1.5; });
}

TEST(ScheduleTest, RatesByHand) {
  Schedule s;
  s.rate = 0.4;
  s.epochs = 11;
  s.warmup_epochs = 1;
  s.warmup_start = 0.25;
  EXPECT_DOUBLE_EQ(s.RateAt(0), 0.1);
  EXPECT_DOUBLE_EQ(s.RateAt(0.5), 0.25);
  EXPECT_DOUBLE_EQ(s.RateAt(1), 0.4);
  EXPECT_NEAR(s.RateAt(6), 0.2, 1e-12);  // half of the cosine
  EXPECT_NEAR(s.RateAt(11), 0, 1e-12);
  s.rule = "step";
  s.step_epochs = 3;
  s.gamma = 0.5;
  EXPECT_DOUBLE_EQ(s.RateAt(2.9), 0.4);
  EXPECT_DOUBLE_EQ(s.RateAt(6), 0.1);
  s.rule = "multi-step";
  s.milestones = {4, 8};
  EXPECT_DOUBLE_EQ(s.RateAt(3.99), 0.4);
  EXPECT_DOUBLE_EQ(s.RateAt(4), 0.2);
  EXPECT_DOUBLE_EQ(s.RateAt(9), 0.1);
  s.rule = "constant";
  EXPECT_DOUBLE_EQ(s.RateAt(9), 0.4);
}

TEST(ScheduleTest, RefusesWhatMakesNoSense) {
  const auto refused = [](auto change) {
    Schedule s;
    change(s);
    EXPECT_THROW(s.Check(), Error);
  };
  EXPECT_NO_THROW(Schedule().Check());
  refused([](Schedule& s) { s.rule = "cosin"; });
  refused([](Schedule& s) { s.rate = NAN; });
  refused([](Schedule& s) { s.epochs = 0; });
  refused([](Schedule& s) { s.warmup_epochs = 2; });
  refused([](Schedule& s) { s.milestones = {3, 3}; });
}

}  // namespace
}  // namespace slim
