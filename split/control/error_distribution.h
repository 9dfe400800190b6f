// ErrorDistribution: how far reality strays from predictions, in units of the deviation that was
// predicted with them.
//
// A histogram that slowly forgets; before anything is known it is the logistic distribution, whose
// tails are longer than the normal one's. It makes "in time with 95 %" mean that on this link,
// whatever the shape of its jitter and however wrong the predicted deviations are.
#ifndef SLIMSPLIT_SPLIT_CONTROL_ERROR_DISTRIBUTION_H_
#define SLIMSPLIT_SPLIT_CONTROL_ERROR_DISTRIBUTION_H_

namespace slim {

class ErrorDistribution {
 public:
  ErrorDistribution();

  // An error of so many deviations was seen; positive is later than predicted. Not NaN.
  void Observe(double deviations);

  // The probability of an error of at most so many deviations, in [0, 1]. Not NaN.
  double Below(double deviations) const;

  // The error that is not exceeded with this probability, in (0, 1).
  double Quantile(double probability) const;

 private:
  static constexpr int kBins = 22;
  static int BinOf(double deviations);

  float part_[kBins];  // of the errors; their sum is 1
  int seen_ = 0;
};

}  // namespace slim

#endif  // SLIMSPLIT_SPLIT_CONTROL_ERROR_DISTRIBUTION_H_
