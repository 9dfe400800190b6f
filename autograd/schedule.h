// Schedule: the learning rate of each step.
#ifndef SLIMSPLIT_AUTOGRAD_SCHEDULE_H_
#define SLIMSPLIT_AUTOGRAD_SCHEDULE_H_

#include <string>
#include <vector>

namespace slim {

struct Schedule {
  std::string rule = "cosine";     // constant, step, multi-step, cosine
  double rate = 0.1;               // after the warm-up
  double gamma = 0.1;              // step, multi-step: factor at each drop
  double step_epochs = 30;         // step: epochs between drops
  std::vector<double> milestones;  // multi-step: epochs of the drops, rising
  double warmup_epochs = 0;        // linear from warmup_start * rate
  double warmup_start = 0;
  double epochs = 1;  // the whole training; cosine reaches 0 there

  // Throws UsageError for an unknown rule or values out of range.
  void Check() const;
  // `epoch` counts fractions: steps taken / steps per epoch.
  double RateAt(double epoch) const;
};

}  // namespace slim

#endif  // SLIMSPLIT_AUTOGRAD_SCHEDULE_H_
