// CompressedImages: the images of another data set after they went through files of some format.
#ifndef SLIMSPLIT_TOOLS_COMPRESSED_IMAGES_H_
#define SLIMSPLIT_TOOLS_COMPRESSED_IMAGES_H_

#include <stdint.h>

#include <string>
#include <vector>

#include "data/dataset.h"
#include "tools/picture_codec.h"

namespace slim {

// Remembers what each image's file took; to be asked for when nobody reads any more.
class CompressedImages : public Dataset {
 public:
  // `base`, whose images are all of one size, must outlive it.
  CompressedImages(const Dataset& base, PictureFormat format, int quality);

  int64_t size() const override { return base_.size(); }
  ImageSize image_size() const override { return base_.image_size(); }
  const std::vector<std::string>& class_names() const override { return base_.class_names(); }
  int Label(int64_t index) const override { return base_.Label(index); }
  void Get(int64_t index, Image* image) const override;

  // Of the files of the images that were read.
  double MeanBytes() const;
  int64_t MostBytes() const;
  double MeanScanBytes() const;   // of JPEG, else 0
  double MedianEncodeMs() const;  // one thread

 private:
  struct File {
    int64_t bytes = 0, scan_bytes = 0;  // bytes 0: not read
    double encode_ms = 0;
  };

  double Mean(int64_t File::*count) const;

  const Dataset& base_;
  const PictureFormat format_;
  const int quality_;
  mutable std::vector<File> files_;  // each written by whoever reads its image
};

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_COMPRESSED_IMAGES_H_
