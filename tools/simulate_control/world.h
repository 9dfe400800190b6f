// World: a head, a link and a tail in virtual time.
//
// What is random about a frame (jitter, loss, hiccups) depends on seed and frame alone, so that all
// players meet the same world. A cut loses what is on the link.
#ifndef SLIMSPLIT_TOOLS_SIMULATE_CONTROL_WORLD_H_
#define SLIMSPLIT_TOOLS_SIMULATE_CONTROL_WORLD_H_

#include <stdint.h>

#include <limits>
#include <string>
#include <vector>

#include "core/random.h"
#include "split/control/decision.h"
#include "split/link/link_profile_host.h"

namespace slim {

inline constexpr double kNever = std::numeric_limits<double>::infinity();

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

// What happens to one message and its answer.
struct Flight {
  double free_s = 0;         // when the link can take the next message
  double answer_s = kNever;  // when the answer arrives
  double server_s = 0;       // of it, the time of the server
};

class World {
 public:
  // Both must outlive this.
  World(const SimulatedMachines& machines, const Scenario& scenario);

  // `mode` of the table or kLocalMode.
  double HeadSeconds(int64_t frame, int mode) const;

  // `what` tells several messages of one frame apart.
  Flight Fly(int64_t frame, double start_s, int64_t bytes, uint64_t what) const;

  // When the last cut ends, or -1.
  double CutEnd() const;

 private:
  Random Draw(int64_t frame, uint64_t what) const;
  double Delay(double time_s, Random* random) const;
  bool IsCut(double from_s, double to_s) const;

  const SimulatedMachines& machines_;
  const Scenario& scenario_;
  std::vector<double> cuts_s_;  // samples at which nothing passes
};

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_SIMULATE_CONTROL_WORLD_H_
