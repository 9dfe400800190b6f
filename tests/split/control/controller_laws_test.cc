// What holds for every link and every table, checked over random ones.
#include <math.h>

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "split/control/controller.h"
#include "tests/split/control/control_support.h"

namespace slim {
namespace {

constexpr int64_t kSecond = 1000000;

struct RandomTable {
  std::vector<ModeEntry> modes;
  ModeTable table;
};

RandomTable MakeTable(Random* random) {
  RandomTable made;
  const int rows = 1 + static_cast<int>(random->Below(5));
  int64_t macs[5];
  for (int64_t& m : macs) m = 1000 + static_cast<int64_t>(random->Below(30000));
  const int rates = 1 + static_cast<int>(random->Below(6));
  for (int row = 0; row < rows; ++row) {
    for (int rate = 0; rate < rates; ++rate) {
      if (random->Below(8) == 0 && !made.modes.empty()) continue;
      ModeEntry mode;
      mode.compute_row = static_cast<uint8_t>(row);
      mode.rate_row = static_cast<uint8_t>(rate);
      mode.accuracy = random->Uniform();
      mode.payload_bytes = 1 + static_cast<int64_t>(random->Below(10000));
      mode.head_macs = macs[row];
      made.modes.push_back(mode);
    }
  }
  made.table.modes = made.modes.data();
  made.table.count = static_cast<int>(made.modes.size());
  made.table.local = {random->Below(3) != 0, random->Uniform(), 1 + int64_t(random->Below(20000))};
  return made;
}

// What the controller must have predicted, from its estimators; the server needs no time here.
double TotalUs(const Controller& c, const ModeTable& table, int mode, int64_t now, double risk) {
  const int row = mode == kLocalMode ? c.compute().rows() - 1 : table.modes[mode].compute_row;
  const TimeEstimate head = c.compute().Estimate(row);
  double mean = head.mean_us, variance = head.variance;
  if (mode != kLocalMode) {
    const LinkEstimate link = c.link().Predict(table.modes[mode].payload_bytes, now);
    mean += link.delay_us + link.transfer_us + fmax(c.link().BusyUs(now) - head.mean_us, 0);
    variance += link.variance;
  }
  return mean + fmax(c.link().errors().Quantile(1 - risk), 0) * sqrt(variance);
}

TEST(ControllerLaws, NeverLateByPredictionWhenAModeIsInTime) {
  Random random(5);
  int fitting = 0, chosen_local = 0;
  for (int trial = 0; trial < 100; ++trial) {
    const RandomTable made = MakeTable(&random);
    ControlOptions options;
    options.risk = random.Uniform(0.01f, 0.5f);
    TestDevice device(made.table, options, random.NextBits());
    for (int frame = 0; frame < 60; ++frame) {
      device.link.rate = 1e3 * exp(random.Uniform(0, 7));
      device.link.delay_us = random.Uniform(0, 100000);
      device.link.jitter_us = random.Uniform(0, 30000);
      device.link.cut = random.Below(10) == 0;
      const int64_t deadline = static_cast<int64_t>(random.Below(400000));
      const int64_t now = device.now_us;
      const bool up = device.controller.link().IsUp(now);
      // Before the frame changes the estimates.
      double total[kMaxModes + 1];
      bool any = false;
      for (int m = kLocalMode; m < made.table.count; ++m) {
        total[m + 1] = INFINITY;
        if (m == kLocalMode ? made.table.local.present : up) {
          total[m + 1] = TotalUs(device.controller, made.table, m, now, options.risk);
        }
        any = any || total[m + 1] <= double(deadline) - 1e-3;
      }
      const Decision decision = device.Frame(deadline);
      if (any) {
        ++fitting;
        ASSERT_TRUE(decision.in_time);
        ASSERT_LE(total[decision.mode + 1], double(deadline) + 1e-3);
      }
      chosen_local += decision.mode == kLocalMode;
      ASSERT_TRUE(decision.mode != kLocalMode || made.table.local.present);
      ASSERT_TRUE(isfinite(decision.time.TotalUs()));
      if (decision.mode != kNoMode) {
        ASSERT_NEAR(fmax(decision.time.TotalUs(), 0), fmax(total[decision.mode + 1], 0),
                    up || decision.mode == kLocalMode ? 1e-3 : INFINITY);
      }
    }
  }
  EXPECT_GT(fitting, 2000);
  EXPECT_GT(chosen_local, 500);
}

TEST(ControllerLaws, SwitchesSeldomOnANoisyConstantLink) {
  const std::vector<ModeEntry> modes = SixteenModes();
  const ModeTable table = {modes.data(), 16, {true, 0.6f, 6000}};
  for (const int64_t deadline : {45000, 50000, 60000, 70000, 80000, 90000, 100000}) {
    TestDevice device(table, ControlOptions(), static_cast<uint64_t>(deadline));
    device.link.jitter_us = 3000;
    int switches = 0, late = 0, last = kNoMode;
    const int warm_up = 100, frames = 2000;
    for (int i = 0; i < warm_up + frames; ++i) {
      const int mode = device.Frame(deadline).mode;
      if (i >= warm_up) {
        switches += mode != last;
        late += device.took_us > deadline;
      }
      last = mode;
    }
    EXPECT_LE(switches, frames * 6 / 100) << deadline;
    EXPECT_LE(late, frames * 5 / 100) << deadline;
  }
}

TEST(ControllerLaws, SettlesAfterAStepOfTheRate) {
  const std::vector<ModeEntry> modes = SixteenModes();
  const ModeTable table = {modes.data(), 16, {true, 0.6f, 6000}};
  const int64_t deadline = 80000;
  const auto settle = [&](double rate, TestDevice* device) {
    device->link.rate = rate;
    int last_late = 0, last_switch = 0, last = kNoMode;
    for (int i = 1; i <= 100; ++i) {
      const int mode = device->Frame(deadline).mode;
      if (device->took_us > deadline) last_late = i;
      if (mode != last && last != kNoMode) last_switch = i;
      last = mode;
    }
    EXPECT_LE(last_late, 4) << rate;
    EXPECT_LE(last_switch, 40) << rate;
    return modes[last].accuracy;
  };
  TestDevice device(table, ControlOptions());
  settle(160e3, &device);
  const float fast = settle(160e3, &device);
  const float slow = settle(60e3, &device);
  const float again = settle(160e3, &device);
  EXPECT_LT(slow, fast);
  EXPECT_EQ(again, fast);
  EXPECT_GE(fast, 0.85f);  // four bits take 25 + 20 ms, two members 10 ms
  EXPECT_GE(slow, 0.75f);  // two bits take 33 + 20 ms
}

TEST(ControllerLaws, NoticesACutWithinASecondAndReturnsWithinTwo) {
  const std::vector<ModeEntry> modes = SixteenModes();
  const ModeTable table = {modes.data(), 16, {true, 0.6f, 6000}};
  for (const int64_t period : {10000, 40000, 100000, 300000}) {
    TestDevice device(table, ControlOptions());
    device.period_us = period;
    device.link.jitter_us = 1000;
    const int64_t deadline = 90000;
    for (int i = 0; i < 100; ++i) device.Frame(deadline);
    const int64_t cut = device.now_us;
    device.link.cut = true;
    int64_t last_remote = cut;
    int late = 0;
    while (device.now_us < cut + 20 * kSecond) {
      const int64_t start = device.now_us;
      if (device.Frame(deadline).mode != kLocalMode) {
        last_remote = start;
      } else {
        late += device.took_us > deadline;
      }
    }
    EXPECT_LE(last_remote, cut + kSecond) << period;
    EXPECT_EQ(late, 0) << period;
    const int64_t back = device.now_us;
    device.link.cut = false;
    while (device.Frame(deadline).mode == kLocalMode) {
      ASSERT_LE(device.now_us, back + 3 * kSecond) << period;
    }
    EXPECT_LE(device.answered_us, back + 2 * kSecond) << period;
    EXPECT_LE(device.took_us, deadline) << period;
  }
}

TEST(ControllerLaws, LeavesTheLocalExitWhenASlowLinkRecovers) {
  const std::vector<ModeEntry> modes = SixteenModes();
  const ModeTable table = {modes.data(), 16, {true, 0.6f, 6000}};
  TestDevice device(table, ControlOptions());
  device.link.rate = 5e3;
  Decision decision;
  for (int i = 0; i < 100; ++i) decision = device.Frame(80000);
  EXPECT_EQ(decision.mode, kLocalMode);
  device.link.rate = 160e3;
  const int64_t back = device.now_us;
  while (device.Frame(80000).mode == kLocalMode) {
    ASSERT_LE(device.now_us, back + 3 * kSecond);
  }
}

TEST(ControllerLaws, TheSameCallsGiveTheSameDecisions) {
  Random random(6);
  const RandomTable made = MakeTable(&random);
  TestDevice a(made.table, ControlOptions(), 7), b(made.table, ControlOptions(), 7);
  a.link.jitter_us = b.link.jitter_us = 5000;
  for (int i = 0; i < 200; ++i) {
    const Decision of_a = a.Frame(100000), of_b = b.Frame(100000);
    ASSERT_EQ(of_a.mode, of_b.mode);
    ASSERT_EQ(of_a.time.TotalUs(), of_b.time.TotalUs());
  }
}

}  // namespace
}  // namespace slim
