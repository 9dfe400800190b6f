// The controller over simulated links, against every fixed mode.
#include "gtest/gtest.h"
#include "split/control/controller.h"
#include "split/link/link_profile_host.h"
#include "tools/simulate_control/simulation.h"

namespace slim {
namespace {

struct Journey {
  const char* link;
  bool paper;  // the paper's payloads and times
  double seconds, deadline_s;
};

struct Result {
  Score controller, rescued, oracle, best_fixed;
};

// The best fixed mode that misses at most 5 %.
Result Play(const Journey& journey, uint64_t seed) {
  const SimulatedMachines machines = journey.paper ? EnsembleMachines(6912, 0.100, 0.074, 0.060)
                                                   : EnsembleMachines(192, 0.003, 0.003, 0.0015);
  const LinkProfile link = LinkProfile::Named(journey.link, seed, journey.seconds);
  Scenario scenario;
  scenario.link = &link;
  scenario.seconds = journey.seconds;
  scenario.deadline_s = scenario.period_s = journey.deadline_s;
  scenario.seed = seed;
  ControlOptions options;
  options.us_per_mac = machines.head_s[0] * 1e6 / static_cast<double>(machines.modes[0].head_macs);
  Result result;
  result.controller = PlayController(machines, scenario, options, false);
  result.rescued = PlayController(machines, scenario, options, true);
  result.oracle = PlayOracle(machines, scenario);
  result.best_fixed = PlayFixed(machines, scenario, kLocalMode);
  for (int m = 0; m < 16; ++m) {
    const Score fixed = PlayFixed(machines, scenario, m);
    if (fixed.MissedPart() <= 0.05 && fixed.MeanAccuracy() > result.best_fixed.MeanAccuracy()) {
      result.best_fixed = fixed;
    }
  }
  return result;
}

TEST(Walk, MissesFewAndBeatsTheBestFixedMode) {
  // Where one mode is right all along the way a fixed one may be better by what learning costs.
  constexpr double kLearning = 0.005;
  for (const Journey& journey :
       {Journey{"bluetooth-walk", true, 480, 0.3}, Journey{"bluetooth-walk", true, 480, 0.4},
        Journey{"bluetooth-walk", true, 480, 0.6}, Journey{"bluetooth-walk", false, 240, 0.035},
        Journey{"bluetooth-walk", false, 240, 0.040},
        Journey{"bluetooth-walk", false, 240, 0.045}}) {
    for (const uint64_t seed : {1, 2}) {
      const Result result = Play(journey, seed);
      const std::string which = std::string(journey.link) + " " +
                                std::to_string(journey.deadline_s) + " against " +
                                result.best_fixed.player;
      EXPECT_LE(result.controller.MissedPart(), 0.05) << which;
      EXPECT_GE(result.controller.MeanAccuracy(), result.best_fixed.MeanAccuracy() - kLearning)
          << which;
      EXPECT_GT(result.rescued.MeanAccuracy(), result.best_fixed.MeanAccuracy()) << which;
      EXPECT_LE(result.rescued.MissedPart(), 0.015) << which;
      EXPECT_LE(result.controller.MeanAccuracy(), result.oracle.MeanAccuracy()) << which;
    }
  }
}

TEST(Walk, ACutIsNoticedAnsweredLocallyAndLeft) {
  for (const uint64_t seed : {1, 2, 3}) {
    const Result result = Play({"cut", false, 60, 0.03}, seed);
    EXPECT_LE(result.controller.longest_silence_s, 1);
    EXPECT_LE(result.controller.MissedPart(), 0.05);
    EXPECT_GE(result.controller.first_remote_after_cut_s, 0);
    EXPECT_LE(result.controller.first_remote_after_cut_s, 2);
    EXPECT_LE(result.rescued.longest_silence_s, 0.1);
  }
}

}  // namespace
}  // namespace slim
