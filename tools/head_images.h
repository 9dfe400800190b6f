// How images of a data set are loaded for a head.
#ifndef SLIMSPLIT_TOOLS_HEAD_IMAGES_H_
#define SLIMSPLIT_TOOLS_HEAD_IMAGES_H_

#include "data/loader.h"
#include "split/runtime/model_file.h"

namespace slim {

// In their order, normalised as the head was trained.
inline LoaderOptions LoadFor(const ModelFile& head) {
  LoaderOptions load;
  load.shuffle = false;
  if (head.mean != nullptr) {
    load.normalization.mean.assign(head.mean, head.mean + head.image_channels);
    load.normalization.std.assign(head.std, head.std + head.image_channels);
  }
  return load;
}

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_HEAD_IMAGES_H_
