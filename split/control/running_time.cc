#include "split/control/running_time.h"

#include <math.h>

namespace slim {
namespace {

constexpr double kMeanGain = 1.0 / 4;
constexpr double kDeviationGain = 1.0 / 8;
constexpr double kFirstDeviation = 1.0 / 4;  // of the first value, until more are known

double Median(double a, double b, double c) { return fmax(fmin(a, b), fmin(fmax(a, b), c)); }

}  // namespace

void RunningTime::Observe(double value) {
  last_[2] = last_[1];
  last_[1] = last_[0];
  last_[0] = value;
  if (count_ < 3) ++count_;
  if (count_ == 1) {
    mean_ = value;
    deviation_ = kFirstDeviation * value;
    return;
  }
  // A single value many times the mean says that hiccups occur, not how long they are.
  const double deviation = fmin(fabs(value - mean_), mean_);
  deviation_ += kDeviationGain * (deviation - deviation_);
  const double middle =
      count_ == 2 ? fmin(last_[0], last_[1]) : Median(last_[0], last_[1], last_[2]);
  mean_ += kMeanGain * (middle - mean_);
}

double RunningTime::variance() const {
  const double sigma = 1.25 * deviation_;  // of a normal distribution: sqrt(pi / 2)
  return sigma * sigma;
}

}  // namespace slim
