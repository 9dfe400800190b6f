// SyntheticDataset: an endless supply of labelled images that needs no file and no network.
//
// Ten classes of shapes, each drawn with random colours, place, size and rotation on a random
// gradient under noise. No pixel alone says anything about the class, so a linear classifier learns
// little where a small convolutional network soon passes 90 %.
#ifndef SLIMSPLIT_DATA_SYNTHETIC_H_
#define SLIMSPLIT_DATA_SYNTHETIC_H_

#include <stdint.h>

#include <string>
#include <vector>

#include "data/dataset.h"

namespace slim {

// Images are 32x32x3, drawn on demand; image i depends on (seed, split, i) alone. Labels go round:
// i modulo 10.
class SyntheticDataset : public Dataset {
 public:
  SyntheticDataset(uint64_t seed, int64_t size, Split split)
      : seed_(seed), size_(size), split_(split) {}

  int64_t size() const override { return size_; }
  ImageSize image_size() const override;
  const std::vector<std::string>& class_names() const override;
  int Label(int64_t index) const override;
  void Get(int64_t index, Image* image) const override;

 private:
  uint64_t seed_;
  int64_t size_;
  Split split_;
};

}  // namespace slim

#endif  // SLIMSPLIT_DATA_SYNTHETIC_H_
