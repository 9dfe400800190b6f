// MemoryDataset: images of one size, all held in memory; what the readers of array files (CIFAR,
// IDX) return.
#ifndef SLIMSPLIT_DATA_MEMORY_DATASET_H_
#define SLIMSPLIT_DATA_MEMORY_DATASET_H_

#include <stdint.h>

#include <string>
#include <utility>
#include <vector>

#include "data/dataset.h"

namespace slim {

class MemoryDataset : public Dataset {
 public:
  // pixels: [labels.size()][height][width][channels]; each label < class_names.size(). The caller
  // has checked both.
  MemoryDataset(const ImageSize& image_size, std::vector<std::string> class_names,
                std::vector<uint8_t> pixels, std::vector<uint8_t> labels)
      : image_size_(image_size),
        class_names_(std::move(class_names)),
        pixels_(std::move(pixels)),
        labels_(std::move(labels)) {}

  int64_t size() const override { return static_cast<int64_t>(labels_.size()); }
  ImageSize image_size() const override { return image_size_; }
  const std::vector<std::string>& class_names() const override { return class_names_; }
  int Label(int64_t index) const override { return labels_[index]; }
  void Get(int64_t index, Image* image) const override {
    const uint8_t* first = pixels_.data() + index * image_size_.bytes();
    image->size = image_size_;
    image->pixels.assign(first, first + image_size_.bytes());
  }

 private:
  ImageSize image_size_;
  std::vector<std::string> class_names_;
  std::vector<uint8_t> pixels_;
  std::vector<uint8_t> labels_;
};

}  // namespace slim

#endif  // SLIMSPLIT_DATA_MEMORY_DATASET_H_
