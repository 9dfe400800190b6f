// ImageFolder: a folder with one folder of JPEG or PNG files per class.
//
//   ROOT/train/CLASS/any-name.jpg
//   ROOT/test/CLASS/any-name.png     or ROOT/val/...
#ifndef SLIMSPLIT_DATA_IMAGE_FOLDER_H_
#define SLIMSPLIT_DATA_IMAGE_FOLDER_H_

#include <stdint.h>

#include <string>
#include <vector>

#include "data/dataset.h"

namespace slim {

// Files are decoded when they are asked for. Classes are the folders of ROOT/train in the order of
// their bytes, so both halves agree on labels; files of a class are in the order of their names.
// Images have three channels.
class ImageFolder : public Dataset {
 public:
  // `side` > 0: the shorter side of each image is scaled to `side` and the middle side x side is
  // used; 0: images keep their sizes. Throws Error when a folder is missing, a class has no image,
  // or the test half has an unknown class.
  ImageFolder(const std::string& root, Split split, int side);

  int64_t size() const override { return static_cast<int64_t>(files_.size()); }
  ImageSize image_size() const override { return {side_, side_, 3}; }
  const std::vector<std::string>& class_names() const override { return class_names_; }
  int Label(int64_t index) const override { return files_[index].label; }
  void Get(int64_t index, Image* image) const override;

 private:
  struct File {
    std::string path;
    int label;
  };

  int side_;
  std::vector<std::string> class_names_;
  std::vector<File> files_;
};

}  // namespace slim

#endif  // SLIMSPLIT_DATA_IMAGE_FOLDER_H_
