// Normalization: from 8-bit pixels to the numbers a network sees, (pixel / 255 - mean) / std per
// channel.
#ifndef SLIMSPLIT_DATA_NORMALIZE_H_
#define SLIMSPLIT_DATA_NORMALIZE_H_

#include <stdint.h>

#include <string>
#include <vector>

#include "data/dataset.h"
#include "data/image.h"

namespace slim {

// Per channel, in units of pixel / 255. Both empty: pixel / 255 as it is.
struct Normalization {
  std::vector<float> mean;
  std::vector<float> std;
};

// Published constants: "imagenet" and "cifar10" (the same numbers, which the usual pre-trained
// networks take), "mnist", "fashion-mnist". Throws Error that lists the names when there is no such
// preset.
Normalization NormalizationPreset(const std::string& name);

// Mean and standard deviation of the first `images` images of a data set (of all when it has
// fewer).
Normalization MeasureNormalization(const Dataset& dataset, int64_t images);

// Applies a Normalization by table, bit-identical everywhere: float arithmetic in the order of the
// formula.
class Normalizer {
 public:
  // Throws Error unless mean and std are empty or have one finite number per channel, std above 0.
  Normalizer(const Normalization& normalization, int channels);

  // out: [height][width][channels]
  void Apply(const Image& image, float* out) const;

 private:
  int channels_;
  std::vector<float> table_;  // [channels][256]
};

}  // namespace slim

#endif  // SLIMSPLIT_DATA_NORMALIZE_H_
