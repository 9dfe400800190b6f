// What normalisations and global pools share: sums over pixels, by several workers.
#ifndef SLIMSPLIT_LAYERS_NORM_COMMON_H_
#define SLIMSPLIT_LAYERS_NORM_COMMON_H_

#include <math.h>

#include "core/kernels/kernels.h"
#include "core/parallel.h"
#include "core/workspace.h"

namespace slim {

// Two sums per channel, kept per worker and added in worker order.
class ChannelSums {
 public:
  ChannelSums(int64_t channels, int workers, Workspace& workspace)
      : channels_(channels),
        workers_(workers),
        sums_(workspace.Take<double>(SaturatingMul(2 * channels, workers))) {}

  // Runs body(begin, end, first sums, second sums) over [0, pixels) in parallel, and adds up.
  template <class Body>
  void Run(int64_t pixels, const Body& body) const {
    for (int64_t i = 0; i < 2 * channels_ * workers_; ++i) sums_[i] = 0;
    ParallelFor(pixels, 256, [&](int64_t begin, int64_t end, int worker) {
      double* mine = sums_ + 2 * channels_ * worker;
      body(begin, end, mine, mine + channels_);
    });
    for (int worker = 1; worker < workers_; ++worker) {
      for (int64_t i = 0; i < 2 * channels_; ++i) sums_[i] += sums_[2 * channels_ * worker + i];
    }
  }
  const double* all() const { return sums_; }  // [2][channels]
  double first(int64_t c) const { return sums_[c]; }
  double second(int64_t c) const { return sums_[channels_ + c]; }

 private:
  int64_t channels_;
  int workers_;
  double* sums_;
};

// Mean and biased variance of `pixels` numbers from their moments about `shift`.
inline void MeanAndVariance(double sum, double squares, int64_t pixels, double shift, double* mean,
                            double* variance) {
  const double offset = sum / static_cast<double>(pixels);
  *mean = shift + offset;
  *variance = squares / static_cast<double>(pixels) - offset * offset;
  if (*variance < 0) *variance = 0;
}

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_NORM_COMMON_H_
