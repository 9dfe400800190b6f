// RunningTime: what a noisy time usually is, and how far it strays from that.
//
// The mean follows the median of the last three values, so that one hiccup of the scheduler does
// not move it; gains 1/4 and 1/8 are those of TCP's round-trip estimate in exchanged roles (RFC
// 6298, 2.3): here the mean must follow a change of load within a few frames.
#ifndef SLIMSPLIT_SPLIT_CONTROL_RUNNING_TIME_H_
#define SLIMSPLIT_SPLIT_CONTROL_RUNNING_TIME_H_

#include <stdint.h>

namespace slim {

// No time span that is measured or asked for is longer: 12 days.
inline constexpr int64_t kMostMicroseconds = int64_t{1} << 40;
// No moment of the caller's clock is later.
inline constexpr int64_t kLatestMicrosecond = int64_t{1} << 61;

// A predicted time and how sure that is.
struct TimeEstimate {
  double mean_us = 0;
  double variance = 0;  // us^2
};

class RunningTime {
 public:
  // `value` is finite and >= 0, in any unit.
  void Observe(double value);

  bool seen() const { return count_ > 0; }
  double mean() const { return mean_; }
  // The square of a standard deviation, estimated from the mean absolute deviation.
  double variance() const;

 private:
  int count_ = 0;  // stops at 3
  double last_[3] = {};
  double mean_ = 0, deviation_ = 0;
};

}  // namespace slim

#endif  // SLIMSPLIT_SPLIT_CONTROL_RUNNING_TIME_H_
