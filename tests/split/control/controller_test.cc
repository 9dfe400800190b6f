#include "split/control/controller.h"

#include <math.h>

#include "gtest/gtest.h"
#include "tests/split/control/control_support.h"

namespace slim {
namespace {

constexpr int64_t kSecond = 1000000;

class ControllerTest : public testing::Test {
 protected:
  ControllerTest() {
    options_.us_per_mac = 1;
    options_.link.start_rate = 1e5;  // 10 us per byte
    options_.link.start_delay_us = 0;
  }

  // Heads of 1 and 2 ms, transfers of 1 and 4 ms before anything is measured.
  ModeEntry modes_[3] = {{"small", 0, 0, 0.7f, 100, 1000},
                         {"wide", 1, 0, 0.8f, 100, 2000},
                         {"rich", 0, 1, 0.9f, 400, 1000}};
  ModeTable table_ = {modes_, 3, {true, 0.5f, 1100}};
  ControlOptions options_;
  Controller controller_;
};

TEST_F(ControllerTest, FirstDecisionByHand) {
  modes_[1].accuracy = modes_[2].accuracy = 0;  // only `small` and the local exit count
  ASSERT_TRUE(controller_.Init(table_, options_).ok());
  // small: 1000 head + 1000 transfer; variance 500^2 + (200^2 + 100^2 * 5^2 + 100^2) = 550000,
  // deviation 741.62, times 1.25618 (0.9 of the logistic, in bins) = 931.6.
  const Decision fits = controller_.Decide(0, 2932);
  EXPECT_EQ(fits.mode, 0);
  EXPECT_TRUE(fits.in_time);
  EXPECT_NEAR(fits.time.head, 1000, 1e-9);
  EXPECT_NEAR(fits.time.transfer, 1000, 1e-9);
  EXPECT_NEAR(fits.time.delay + fits.time.wait + fits.time.server, 0, 1e-9);
  EXPECT_NEAR(fits.time.deviation, 741.62, 0.01);
  EXPECT_NEAR(fits.time.TotalUs(), 2931.6, 0.5);
  // local: 1100 + 1.25618 * 550 = 1790.9 before the end.
  EXPECT_EQ(fits.local_at_us, 2932 - 1791);
  EXPECT_FALSE(fits.probe);

  ASSERT_TRUE(controller_.Init(table_, options_).ok());
  const Decision local = controller_.Decide(0, 2931);
  EXPECT_EQ(local.mode, kLocalMode);
  EXPECT_TRUE(local.in_time);
  EXPECT_TRUE(local.probe);
  EXPECT_EQ(local.probe_mode, 0);
  EXPECT_EQ(local.better, 0);
  EXPECT_EQ(local.binding, Binding::kUncertainty);
}

TEST_F(ControllerTest, TheHighestAccuracyThatIsInTime) {
  ASSERT_TRUE(controller_.Init(table_, options_).ok());
  EXPECT_EQ(controller_.Decide(0, 100000).mode, 2);
  ASSERT_TRUE(controller_.Init(table_, options_).ok());
  EXPECT_EQ(controller_.Decide(0, 5500).mode, 1);
  ASSERT_TRUE(controller_.Init(table_, options_).ok());
  EXPECT_EQ(controller_.Decide(0, 2000).mode, kLocalMode);
}

TEST_F(ControllerTest, WhenNothingFitsTheBestHopeWithALocalExitOrWithout) {
  ASSERT_TRUE(controller_.Init(table_, options_).ok());
  Decision decision = controller_.Decide(0, 0);
  EXPECT_FALSE(decision.in_time);
  EXPECT_EQ(decision.mode, kLocalMode);
  EXPECT_EQ(decision.local_at_us, 0);
  table_.local.present = false;
  ASSERT_TRUE(controller_.Init(table_, options_).ok());
  decision = controller_.Decide(0, 1500);
  EXPECT_FALSE(decision.in_time);
  EXPECT_EQ(decision.mode, 0);
  EXPECT_EQ(decision.local_at_us, -1);
}

TEST_F(ControllerTest, NamesTheTermThatBinds) {
  for (const bool rate : {true, false}) {
    TestDevice device(table_, options_);
    device.link = {rate ? 10e3 : 1e6, 1000, 0, false};  // rich: 30 ms more, or 0.3 ms
    device.us_per_mac = rate ? 1 : 20;                  // wide: 1 ms more, or 20 ms
    if (!rate) modes_[2].accuracy = 0.6f;
    Decision decision;
    for (int i = 0; i < 60; ++i) decision = device.Frame(rate ? 30000 : 35000);
    EXPECT_EQ(decision.mode, rate ? 1 : 0);
    EXPECT_EQ(decision.better, rate ? 2 : 1);
    EXPECT_EQ(decision.binding, rate ? Binding::kRate : Binding::kHead);
    char text[100];
    PrintReason(decision, table_, text, sizeof(text));
    EXPECT_NE(std::string(text).find(rate ? "at this rate" : "on this device"), std::string::npos)
        << text;
    modes_[2].accuracy = 0.9f;
  }
}

TEST_F(ControllerTest, UnderBytesNeverSendsMore) {
  options_.policy = Policy::kUnderBytes;
  options_.max_bytes = 399;
  ASSERT_TRUE(controller_.Init(table_, options_).ok());
  const Decision decision = controller_.Decide(0, kSecond);
  EXPECT_EQ(decision.mode, 1);
  EXPECT_EQ(decision.better, 2);
  EXPECT_EQ(decision.binding, Binding::kBytes);
  options_.max_bytes = 99;
  EXPECT_FALSE(controller_.Init(table_, options_).ok());
}

TEST_F(ControllerTest, MinEnergyTakesTheCheapestThatIsAccurateEnough) {
  options_.policy = Policy::kMinEnergy;
  options_.min_accuracy = 0.75f;
  options_.energy_per_mac = 1;
  options_.energy_per_byte = 1;  // wide: 2100, rich: 1400
  ASSERT_TRUE(controller_.Init(table_, options_).ok());
  EXPECT_EQ(controller_.Decide(0, kSecond).mode, 2);
  options_.energy_per_byte = 10;  // wide: 3000, rich: 5000
  ASSERT_TRUE(controller_.Init(table_, options_).ok());
  EXPECT_EQ(controller_.Decide(0, kSecond).mode, 1);
  // Where none of these fits, the most accurate that does.
  ASSERT_TRUE(controller_.Init(table_, options_).ok());
  EXPECT_EQ(controller_.Decide(0, 3000).mode, 0);
  options_.min_accuracy = 0.95f;
  EXPECT_FALSE(controller_.Init(table_, options_).ok());
}

TEST_F(ControllerTest, FixedStaysUntilTheLinkIsDown) {
  options_.policy = Policy::kFixed;
  options_.fixed_mode = 1;
  ASSERT_TRUE(controller_.Init(table_, options_).ok());
  EXPECT_EQ(controller_.Decide(0, 1).mode, 1);
  const Decision decision = controller_.Decide(0, kSecond);
  EXPECT_EQ(decision.mode, 1);
  EXPECT_EQ(decision.binding, Binding::kFixed);
  controller_.LinkLost();
  EXPECT_EQ(controller_.Decide(0, kSecond).mode, kLocalMode);
  options_.fixed_mode = 3;
  EXPECT_FALSE(controller_.Init(table_, options_).ok());
}

TEST_F(ControllerTest, ABetterModeMustFitThreeTimes) {
  ASSERT_TRUE(controller_.Init(table_, options_).ok());
  EXPECT_EQ(controller_.Decide(0, 5500).mode, 1);
  Decision decision = controller_.Decide(1000, 50000);
  EXPECT_EQ(decision.mode, 1);
  EXPECT_EQ(decision.binding, Binding::kPatience);
  EXPECT_EQ(controller_.Decide(2000, 50000).mode, 1);
  EXPECT_EQ(controller_.Decide(3000, 50000).mode, 2);
  EXPECT_EQ(controller_.Decide(4000, 5500).mode, 1);  // back at once
}

TEST_F(ControllerTest, WaitsForTheFrameOnItsWay) {
  ASSERT_TRUE(controller_.Init(table_, options_).ok());
  ASSERT_TRUE(controller_.Sent(5000, 0).ok());  // 50 ms
  const Decision decision = controller_.Decide(10000, kSecond);
  EXPECT_NEAR(decision.time.wait, 39000, 1);  // 40 ms are left, of which the head uses one
}

TEST_F(ControllerTest, WithoutALinkTheLocalExitAnswersAndProbes) {
  ASSERT_TRUE(controller_.Init(table_, options_).ok());
  ASSERT_TRUE(controller_.Sent(100, 0).ok());
  EXPECT_NE(controller_.Decide(600000, kSecond).mode, kLocalMode);
  const Decision decision = controller_.Decide(600001, kSecond);
  EXPECT_EQ(decision.mode, kLocalMode);
  EXPECT_EQ(decision.binding, Binding::kLinkDown);
  EXPECT_EQ(decision.better, 0);
  EXPECT_TRUE(decision.probe);
  ASSERT_TRUE(controller_.Sent(100, 600002).ok());
  EXPECT_FALSE(controller_.Decide(1100001, kSecond).probe);
  EXPECT_TRUE(controller_.Decide(1100002, kSecond).probe);
}

TEST_F(ControllerTest, JudgesWhatItIsGiven) {
  for (const float bad : {-1.0f, NAN, INFINITY}) {
    for (float ControlOptions::*field : {&ControlOptions::risk, &ControlOptions::energy_per_mac,
                                         &ControlOptions::energy_per_byte}) {
      ControlOptions options = options_;
      options.*field = bad;
      EXPECT_FALSE(controller_.Init(table_, options).ok()) << bad;
    }
  }
  ControlOptions options = options_;
  options.patience = 0;
  EXPECT_FALSE(controller_.Init(table_, options).ok());
  options = options_;
  options.us_per_mac = 0;
  EXPECT_FALSE(controller_.Init(table_, options).ok());
  options = options_;
  options.link.silence_us = 0;
  EXPECT_FALSE(controller_.Init(table_, options).ok());

  ASSERT_TRUE(controller_.Init(table_, options_).ok());
  for (const int mode : {-3, kNoMode, 3, INT32_MAX, INT32_MIN}) {
    EXPECT_FALSE(controller_.HeadTook(mode, 5).ok()) << mode;
  }
  EXPECT_FALSE(controller_.HeadTook(0, 0).ok());
  EXPECT_FALSE(controller_.HeadTook(kLocalMode, -1).ok());
  EXPECT_FALSE(controller_.Answered(100, 10, 5, 0).ok());
  for (const int64_t now : {INT64_MIN, int64_t{-1}, int64_t{0}, INT64_MAX}) {
    for (const int64_t left : {INT64_MIN, int64_t{-1}, int64_t{0}, INT64_MAX}) {
      const Decision decision = controller_.Decide(now, left);
      EXPECT_TRUE(decision.mode >= kLocalMode && decision.mode < 3);
      EXPECT_EQ(decision.in_time, left == INT64_MAX);
    }
  }
}

}  // namespace
}  // namespace slim
