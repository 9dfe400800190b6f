// Simulation: a camera, a head, a link and a tail in virtual time, to compare who chooses modes.
//
// One frame per period; each counts, also one that the device was too busy to look at. What is
// random about a frame (jitter, loss, hiccups) depends on seed and frame alone, so that all players
// meet the same world. A cut loses what is on the link.
#ifndef SLIMSPLIT_TOOLS_SIMULATE_CONTROL_SIMULATION_H_
#define SLIMSPLIT_TOOLS_SIMULATE_CONTROL_SIMULATION_H_

#include <stdint.h>

#include <string>
#include <vector>

#include "split/control/controller.h"
#include "split/link/link_profile_host.h"

namespace slim {

// What the two machines need in truth, which no player is told.
struct SimulatedMachines {
  std::vector<ModeEntry> modes;
  std::vector<std::string> names;  // of the modes
  LocalExit local;
  std::vector<double> head_s;  // per compute row
  double local_s = 0;          // from the image to the local answer
  double server_s = 0;

  ModeTable Table() const { return {modes.data(), static_cast<int>(modes.size()), local}; }
};

// The 16 modes of the ensemble: 1 to 4 members, each `member_s`; 1 to 4 bits, each `bit_bytes`;
// accuracies rise with both. `compute_row` 0 to 3 and `rate_row` 0 to 3.
SimulatedMachines EnsembleMachines(int64_t bit_bytes, double first_s, double member_s,
                                   double server_s);

struct Scenario {
  const LinkProfile* link = nullptr;
  double seconds = 0;
  double deadline_s = 0;
  double period_s = 0;
  uint64_t seed = 0;
};

// How a run went.
struct Score {
  std::string player;
  int64_t frames = 0;
  int64_t missed = 0;    // no answer in time
  int64_t local = 0;     // answered in time by the local exit
  int64_t switches = 0;  // of the mode, from one frame to the next
  int64_t bytes = 0;
  double accuracy_sum = 0;               // over the frames in time
  double longest_silence_s = 0;          // of frames in a row without an answer in time
  double first_remote_after_cut_s = -1;  // from the end of the last cut; -1 without one

  double MissedPart() const { return static_cast<double>(missed) / static_cast<double>(frames); }
  // A frame without an answer counts as wrong.
  double MeanAccuracy() const { return accuracy_sum / static_cast<double>(frames); }
  double AccuracyInTime() const {
    return frames == missed ? 0 : accuracy_sum / static_cast<double>(frames - missed);
  }
};

// The controller; with `rescue` the device starts the local answer when no other has come by
// Decision::local_at_us.
Score PlayController(const SimulatedMachines& machines, const Scenario& scenario,
                     const ControlOptions& options, bool rescue);
// One mode for all frames, or kLocalMode; sends when the link is free.
Score PlayFixed(const SimulatedMachines& machines, const Scenario& scenario, int mode);
// The rule of the Slimmable Encoders code, told the true mean head times: highest accuracy with
// head + bytes / rate < 0.8 * deadline; rate: moving average with 0.4, from `start_rate` on.
Score PlayMovingAverage(const SimulatedMachines& machines, const Scenario& scenario,
                        double start_rate);
// Knows the future: the most accurate mode that arrives in time. Its misses are infeasible frames.
Score PlayOracle(const SimulatedMachines& machines, const Scenario& scenario);

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_SIMULATE_CONTROL_SIMULATION_H_
