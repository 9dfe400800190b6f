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
  double first(int64_t c) const { return sums_[c]; }
  double second(int64_t c) const { return sums_[channels_ + c]; }

 private:
  int64_t channels_;
  int workers_;
  double* sums_;
};

// `count` sums over the pixels of an image: taken over parts that depend on the number of pixels
// alone and added in order, so that no result depends on how many workers there are.
class ImageSums {
 public:
  ImageSums(int64_t count, int workers, Workspace& workspace)
      : count_(count),
        slots_(workspace.Take<double>(
            SaturatingMul(count, workers > kMostParts ? workers : kMostParts))) {}

  // Whether the workers share each image, so that none is idle.
  static bool Share(int64_t images, int64_t pixels) {
    return images < Parts(pixels) && images < ParallelWorkers();
  }

  // sums[count] = what body(begin, end, sums) adds for the pixels of an image; by one worker.
  template <class Body>
  void Run(int worker, int64_t pixels, const Body& body, double* sums) const {
    const int64_t parts = Parts(pixels);
    double* const slot = slots_ + worker * count_;
    for (int64_t i = 0; i < count_; ++i) sums[i] = 0;
    for (int64_t part = 0; part < parts; ++part) {
      for (int64_t i = 0; i < count_; ++i) slot[i] = 0;
      body(pixels * part / parts, pixels * (part + 1) / parts, slot);
      for (int64_t i = 0; i < count_; ++i) sums[i] += slot[i];
    }
  }
  // The same by all workers together.
  template <class Body>
  void RunShared(int64_t pixels, const Body& body, double* sums) const {
    const int64_t parts = Parts(pixels);
    ParallelFor(parts, 1, [&](int64_t begin, int64_t end, int) {
      for (int64_t part = begin; part < end; ++part) {
        double* const slot = slots_ + part * count_;
        for (int64_t i = 0; i < count_; ++i) slot[i] = 0;
        body(pixels * part / parts, pixels * (part + 1) / parts, slot);
      }
    });
    for (int64_t i = 0; i < count_; ++i) {
      sums[i] = 0;
      for (int64_t part = 0; part < parts; ++part) sums[i] += slots_[part * count_ + i];
    }
  }

 private:
  static constexpr int kMostParts = 16;
  static constexpr int64_t kLeastOfPart = 256;  // pixels
  static int64_t Parts(int64_t pixels) {
    const int64_t parts = pixels / kLeastOfPart;
    return parts < 1 ? 1 : parts < kMostParts ? parts : kMostParts;
  }

  int64_t count_;
  double* slots_;  // one for each part or worker
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
