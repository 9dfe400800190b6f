// Dataset: a finite list of labelled images that can be read at random, by several threads at once.
#ifndef SLIMSPLIT_DATA_DATASET_H_
#define SLIMSPLIT_DATA_DATASET_H_

#include <stdint.h>

#include <string>
#include <vector>

#include "data/image.h"

namespace slim {

// Which half of a data set: the images to learn from, or those to judge with.
enum class Split { kTrain, kTest };

// All const members may be called by several threads at once. Indices are in [0, size()).
class Dataset {
 public:
  virtual ~Dataset() = default;

  virtual int64_t size() const = 0;
  // The size of every image, or not fixed() where they differ.
  virtual ImageSize image_size() const = 0;
  // Names of the classes; a label is a position in this list.
  virtual const std::vector<std::string>& class_names() const = 0;
  int num_classes() const { return static_cast<int>(class_names().size()); }

  virtual int Label(int64_t index) const = 0;
  // Replaces `image`, reusing its memory. Throws Error when the image cannot be read.
  virtual void Get(int64_t index, Image* image) const = 0;
};

// Some images of another data set, in a given order, e.g. to hold back images for validation.
class Subset : public Dataset {
 public:
  // The images [first, first + count) of `base`. `base` must outlive the subset. Throws Error on a
  // range outside `base`.
  Subset(const Dataset& base, int64_t first, int64_t count);
  // The images `indices` of `base`; an index may occur more than once.
  Subset(const Dataset& base, std::vector<int64_t> indices);

  int64_t size() const override { return static_cast<int64_t>(indices_.size()); }
  ImageSize image_size() const override { return base_.image_size(); }
  const std::vector<std::string>& class_names() const override { return base_.class_names(); }
  int Label(int64_t index) const override { return base_.Label(indices_[index]); }
  void Get(int64_t index, Image* image) const override { base_.Get(indices_[index], image); }

 private:
  const Dataset& base_;
  std::vector<int64_t> indices_;
};

}  // namespace slim

#endif  // SLIMSPLIT_DATA_DATASET_H_
