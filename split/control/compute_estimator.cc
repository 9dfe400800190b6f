#include "split/control/compute_estimator.h"

#include <math.h>

namespace slim {
namespace {

// How wrong a time that was only scaled from MACs may be, as a part of it.
constexpr double kUnseenRow = 0.25;
constexpr double kNothingSeen = 0.5;

// A row is known after so many measurements, and only then tells of the pace. Until then its shape
// follows the last of them, later it is their mean, over about the most.
constexpr int kKnown = 8, kMostCount = 64;
// A row cannot be more than this unlike its MACs at one stroke: its first run may have warmed up.
constexpr double kMostChange = 4;

}  // namespace

Status ComputeEstimator::Init(const int64_t* macs, int rows, double us_per_mac) {
  if (rows < 1 || rows > kMaxRows) return Invalid("number of compute rows out of bounds", rows);
  if (!(us_per_mac > 0) || !(us_per_mac <= 1e6)) {
    return Invalid("us_per_mac must be above 0 and at most 1e6");
  }
  for (int r = 0; r < rows; ++r) {
    if (macs[r] < 1 || macs[r] > kMostMacs) return Invalid("MACs of a row out of bounds", r);
  }
  *this = ComputeEstimator();
  rows_ = rows;
  guess_ = us_per_mac;
  for (int r = 0; r < rows; ++r) row_[r].macs = static_cast<double>(macs[r]);
  return OkStatus();
}

Status ComputeEstimator::Observe(int row, int64_t us) {
  if (row < 0 || row >= rows_) return Invalid("no such compute row", row);
  if (us < 1 || us > kMostMicroseconds) return Invalid("measured time out of bounds", us);
  Row& r = row_[row];
  const double pace = static_cast<double>(us) / r.macs;
  if (!pace_.seen()) {
    r.count = kMostCount;  // the first row of all is what the shapes of the others refer to
  } else {
    const double against = pace / (pace_.mean() * r.shape);
    const double change = fmin(fmax(against, 1 / kMostChange), kMostChange);
    const double gain = r.count == 0 ? 1 : r.count < kKnown ? 0.5 : 1.0 / (r.count + 1);
    r.shape *= 1 + gain * (change - 1);
    if (r.count < kMostCount) ++r.count;
  }
  if (r.count >= kKnown) pace_.Observe(pace / r.shape);
  return OkStatus();
}

TimeEstimate ComputeEstimator::Estimate(int row) const {
  SLIM_ASSERT(row >= 0 && row < rows_);
  const Row& r = row_[row];
  const double work = r.macs * r.shape;
  const double mean = work * (pace_.seen() ? pace_.mean() : guess_);
  const double unsure = r.count > 0 ? 0 : pace_.seen() ? kUnseenRow * mean : kNothingSeen * mean;
  return {mean, work * work * pace_.variance() + unsure * unsure};
}

}  // namespace slim
