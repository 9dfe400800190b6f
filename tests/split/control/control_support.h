// A device that plays frames over a made-up link, one frame at a time.
#ifndef SLIMSPLIT_TESTS_SPLIT_CONTROL_CONTROL_SUPPORT_H_
#define SLIMSPLIT_TESTS_SPLIT_CONTROL_CONTROL_SUPPORT_H_

#include <math.h>
#include <stdint.h>

#include <algorithm>
#include <vector>

#include "core/random.h"
#include "gtest/gtest.h"
#include "split/control/controller.h"

namespace slim {

struct TestLink {
  double rate = 100e3;  // bytes/s
  double delay_us = 20000;
  double jitter_us = 0;  // mean, exponentially distributed
  bool cut = false;
};

class TestDevice {
 public:
  // A compute row takes `us_per_mac` * its MACs.
  TestDevice(const ModeTable& table, const ControlOptions& options, uint64_t seed = 1)
      : table_(table), random_(seed) {
    EXPECT_TRUE(controller.Init(table, options).ok());
  }

  // Decides at `now_us` and plays what follows; returns when the answer came, or -1. Then it is
  // one period later, or as late as the answer.
  Decision Frame(int64_t deadline_us) {
    const Decision decision = controller.Decide(now_us, deadline_us);
    const int mode = decision.mode;
    const int64_t macs = mode == kLocalMode ? table_.local.macs : table_.modes[mode].head_macs;
    const int64_t head = std::max<int64_t>(1, llround(us_per_mac * static_cast<double>(macs)));
    EXPECT_TRUE(controller.HeadTook(mode, head).ok());
    const int64_t ready = now_us + head;
    answered_us = mode == kLocalMode ? ready : -1;
    int64_t free = ready;
    const int sends = mode != kLocalMode ? mode : decision.probe ? decision.probe_mode : kNoMode;
    if (sends != kNoMode) {
      const int64_t bytes = table_.modes[sends].payload_bytes;
      EXPECT_TRUE(controller.Sent(bytes, ready).ok());
      if (!link.cut) {
        const double jitter = -link.jitter_us * log(1 - random_.Uniform());
        const int64_t answer =
            ready + server_us +
            llround(link.delay_us + jitter + 1e6 * static_cast<double>(bytes) / link.rate);
        EXPECT_TRUE(controller.Answered(bytes, ready, answer, server_us).ok());
        if (mode != kLocalMode) answered_us = answer;
        free = answer;
      }
    }
    took_us = answered_us < 0 ? -1 : answered_us - now_us;
    now_us = std::max(now_us + period_us, free);
    return decision;
  }

  Controller controller;
  TestLink link;
  double us_per_mac = 1;
  int64_t server_us = 0;
  int64_t period_us = 100000;
  int64_t now_us = 0;
  int64_t answered_us = -1;  // of the last frame
  int64_t took_us = -1;

 private:
  ModeTable table_;
  Random random_;
};

// 16 modes: S + 1 members of 5000 MACs, 1000 * (b + 1) bytes, accuracies that rise with both.
inline std::vector<ModeEntry> SixteenModes() {
  std::vector<ModeEntry> modes;
  for (int s = 0; s < 4; ++s) {
    for (int b = 0; b < 4; ++b) {
      ModeEntry mode;
      mode.compute_row = static_cast<uint8_t>(s);
      mode.rate_row = static_cast<uint8_t>(b);
      mode.accuracy = 0.7f + 0.05f * b + 0.01f * s;
      mode.payload_bytes = 1000 * (b + 1);
      mode.head_macs = 5000 * (s + 1);
      modes.push_back(mode);
    }
  }
  return modes;
}

}  // namespace slim

#endif  // SLIMSPLIT_TESTS_SPLIT_CONTROL_CONTROL_SUPPORT_H_
