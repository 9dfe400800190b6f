#include "autograd/schedule.h"

#include <math.h>

#include "core/error_host.h"

namespace slim {

void Schedule::Check() const {
  if (rule != "constant" && rule != "step" && rule != "multi-step" && rule != "cosine") {
    throw UsageError("--schedule: unknown rule \"" + rule +
                     "\"; known are constant, step, multi-step, cosine");
  }
  if (!(rate >= 0) || !isfinite(rate)) throw UsageError("--rate must be at least 0");
  if (!(epochs > 0)) throw UsageError("--epochs must be above 0");
  if (!(warmup_epochs >= 0 && warmup_epochs < epochs)) {
    throw UsageError("--warmup-epochs must be at least 0 and below --epochs");
  }
  if (!(warmup_start >= 0 && warmup_start <= 1))
    throw UsageError("--warmup-start must lie in [0, 1]");
  if (rule == "step" && !(step_epochs > 0)) throw UsageError("--step-epochs must be above 0");
  if (!(gamma > 0 && gamma <= 1)) throw UsageError("--gamma must lie above 0 and at most at 1");
  for (const double milestone : milestones) {
    if (!isfinite(milestone)) throw UsageError("--milestones must be finite");
  }
  for (size_t i = 1; i < milestones.size(); ++i) {
    if (!(milestones[i] > milestones[i - 1])) throw UsageError("--milestones must rise");
  }
}

double Schedule::RateAt(double epoch) const {
  if (epoch < warmup_epochs) {
    return rate * (warmup_start + (1 - warmup_start) * epoch / warmup_epochs);
  }
  if (rule == "step") return rate * pow(gamma, floor(epoch / step_epochs));
  if (rule == "multi-step") {
    double dropped = rate;
    for (double milestone : milestones) dropped *= epoch >= milestone ? gamma : 1;
    return dropped;
  }
  if (rule == "cosine") {
    const double done = (epoch - warmup_epochs) / (epochs - warmup_epochs);
    return rate * 0.5 * (1 + cos(M_PI * fmin(done, 1)));
  }
  return rate;
}

}  // namespace slim
