// Players of a simulated world: who chooses modes how, and how well that goes.
//
// The camera takes one frame per period; each counts, also one that the device was too busy to look
// at.
#ifndef SLIMSPLIT_TOOLS_SIMULATE_CONTROL_SIMULATION_H_
#define SLIMSPLIT_TOOLS_SIMULATE_CONTROL_SIMULATION_H_

#include <stdint.h>

#include <string>

#include "split/control/controller.h"
#include "tools/simulate_control/world.h"

namespace slim {

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
