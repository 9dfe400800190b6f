// ComputeEstimator: how long each compute row of the head takes on this device, at present.
//
//   time(row) = MACs(row) * shape(row) * pace
//
// The pace (us per MAC) is shared by all rows: it follows load and clock of the device, so a
// measurement of one row also corrects those that have not run for a while, or never did. The
// shape is what distinguishes a row from its MACs; it is learned row by row, and is 1 until then.
// (SPINN, MobiCom 2020: an offline profile times an online scaling factor; here the profile is
// learned too.)
#ifndef SLIMSPLIT_SPLIT_CONTROL_COMPUTE_ESTIMATOR_H_
#define SLIMSPLIT_SPLIT_CONTROL_COMPUTE_ESTIMATOR_H_

#include <stdint.h>

#include "core/status.h"
#include "split/control/running_time.h"

namespace slim {

inline constexpr int64_t kMostMacs = int64_t{1} << 50;

class ComputeEstimator {
 public:
  static constexpr int kMaxRows = 33;

  // `us_per_mac` is a guess that holds until the first measurement. Errors: a number of rows, MACs
  // or a guess out of bounds; `where` is the row.
  Status Init(const int64_t* macs, int rows, double us_per_mac);

  // `row` took `us`. Errors: no such row; a time that is not in (0, kMostMicroseconds].
  Status Observe(int row, int64_t us);

  // 0 <= row < rows().
  TimeEstimate Estimate(int row) const;

  int rows() const { return rows_; }

 private:
  struct Row {
    double macs = 0;
    double shape = 1;
    int count = 0;  // of measurements; stops at 64
  };

  int rows_ = 0;
  Row row_[kMaxRows];
  double guess_ = 0;
  RunningTime pace_;
};

}  // namespace slim

#endif  // SLIMSPLIT_SPLIT_CONTROL_COMPUTE_ESTIMATOR_H_
