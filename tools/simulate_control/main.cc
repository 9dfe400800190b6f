// Plays a link profile against every fixed mode, the local exit, the rule of the Slimmable Encoders
// code, the controller, and an oracle; prints one JSON line each.
//
//   simulate_control --link bluetooth-walk --deadline-ms 300 [--geometry paper] [--seconds 240]
#include <stdio.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "core/error_host.h"
#include "tools/print_json.h"
#include "tools/simulate_control/simulation.h"

namespace slim {
namespace {

struct Options {
  std::string link = "bluetooth-walk", geometry = "cifar";
  double deadline_ms = 40, period_ms = 0, seconds = 240, rate_scale = 1;
  uint64_t seed = 1;
  float risk = ControlOptions().risk;
};

void Print(const Score& score, const Options& options) {
  nlohmann::ordered_json line = {
      {"player", score.player},
      {"link", options.link},
      {"geometry", options.geometry},
      {"deadline_ms", options.deadline_ms},
      {"frames", score.frames},
      {"missed_percent", round(1e4 * score.MissedPart()) / 100},
      {"mean_accuracy", round(1e4 * score.MeanAccuracy()) / 1e4},
      {"accuracy_in_time", round(1e4 * score.AccuracyInTime()) / 1e4},
      {"local_percent", round(1e4 * double(score.local) / double(score.frames)) / 100},
      {"switches", score.switches},
      {"bytes_per_frame", score.bytes / score.frames},
      {"longest_silence_s", round(1e3 * score.longest_silence_s) / 1e3},
  };
  if (score.first_remote_after_cut_s >= 0) {
    line["first_remote_after_cut_s"] = round(1e3 * score.first_remote_after_cut_s) / 1e3;
  }
  PrintJsonLine(line);
}

void Main(const Options& options) {
  if (!(options.deadline_ms >= 1) || !(options.seconds >= 1) || options.period_ms < 0) {
    throw UsageError("--deadline-ms and --seconds must be at least 1, --period-ms at least 0");
  }
  const bool paper = options.geometry == "paper";
  // paper: a Raspberry Pi 4 and 6x96x96 latents. cifar: 192 bytes a bit, a small device.
  const SimulatedMachines machines = paper ? EnsembleMachines(6912, 0.100, 0.074, 0.060)
                                           : EnsembleMachines(192, 0.003, 0.003, 0.0015);
  const LinkProfile link = (std::filesystem::exists(options.link)
                                ? LinkProfile::Read(options.link)
                                : LinkProfile::Named(options.link, options.seed, options.seconds))
                               .WithRatesTimes(options.rate_scale);
  Scenario scenario;
  scenario.link = &link;
  scenario.seconds = options.seconds;
  scenario.deadline_s = options.deadline_ms / 1e3;
  scenario.period_s = (options.period_ms > 0 ? options.period_ms : options.deadline_ms) / 1e3;
  if (scenario.period_s > scenario.seconds) throw UsageError("--seconds is less than one period");
  scenario.seed = options.seed;

  ControlOptions control;
  control.risk = options.risk;
  control.us_per_mac = machines.head_s[0] * 1e6 / double(machines.modes[0].head_macs);
  Print(PlayFixed(machines, scenario, kLocalMode), options);
  for (size_t m = 0; m < machines.modes.size(); ++m) {
    Print(PlayFixed(machines, scenario, static_cast<int>(m)), options);
  }
  Print(PlayMovingAverage(machines, scenario, 200e3 * options.rate_scale), options);
  Print(PlayController(machines, scenario, control, false), options);
  Print(PlayController(machines, scenario, control, true), options);
  Print(PlayOracle(machines, scenario), options);
}

}  // namespace
}  // namespace slim

int main(int argc, char** argv) {
  slim::Options options;
  CLI::App app("Compares controllers in virtual time.");
  app.add_option("--link", options.link, "a named link profile, or a trace file")
      ->capture_default_str();
  app.add_option("--geometry", options.geometry)
      ->check(CLI::IsMember({"cifar", "paper"}))
      ->capture_default_str();
  app.add_option("--deadline-ms", options.deadline_ms)->capture_default_str();
  app.add_option("--period-ms", options.period_ms, "of the camera; 0: the deadline");
  app.add_option("--seconds", options.seconds)->capture_default_str();
  app.add_option("--rate-scale", options.rate_scale, "times all rates")->capture_default_str();
  app.add_option("--risk", options.risk, "of the controller")->capture_default_str();
  app.add_option("--seed", options.seed)->capture_default_str();
  try {
    app.parse(argc, argv);
    slim::Main(options);
    return 0;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const slim::Error& error) {
    fprintf(stderr, "simulate_control: %s\n", error.what());
    return error.exit_code();
  }
}
