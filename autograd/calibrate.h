// Calibration: batch norm statistics of one width, estimated after training (US-Nets
// "post-statistics").
#ifndef SLIMSPLIT_AUTOGRAD_CALIBRATE_H_
#define SLIMSPLIT_AUTOGRAD_CALIBRATE_H_

#include "autograd/tape.h"

namespace slim {

// Feeds batches to one width and keeps the exact cumulative average of their statistics: after
// batch t, mean_t = ((t - 1) mean_{t-1} + m_t) / t, the same for variances, whatever was there
// before.
class Calibration {
 public:
  Calibration(const OwnedGraph& graph, Parameters<float>& parameters, Width width)
      : graph_(graph), parameters_(parameters), width_(width) {}

  void AddBatch(const TensorView<const float>& images);
  int64_t batches() const { return batches_; }

 private:
  const OwnedGraph& graph_;
  Parameters<float>& parameters_;
  Width width_;
  int64_t batches_ = 0;
  Tape<float> tape_;
};

}  // namespace slim

#endif  // SLIMSPLIT_AUTOGRAD_CALIBRATE_H_
