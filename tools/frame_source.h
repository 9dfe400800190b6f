// FrameSource: the images that a device is asked about.
#ifndef SLIMSPLIT_TOOLS_FRAME_SOURCE_H_
#define SLIMSPLIT_TOOLS_FRAME_SOURCE_H_

#include <stdint.h>

#include <memory>
#include <string>

#include "data/dataset.h"

namespace slim {

// One image as it comes: `label` is -1 where nobody knows it.
struct LabelledFrame {
  Image image;
  int32_t label = -1;
};

class FrameSource {
 public:
  virtual ~FrameSource() = default;

  // How many there are; 0: that will be seen.
  virtual int64_t size() const = 0;

  // False when there are no more. Throws BadInput when an image cannot be read.
  virtual bool Next(LabelledFrame* frame) = 0;
};

// The test images of a data set in their order, again from the first on until there were `frames`
// (0: each once). "-": raw frames from standard input, rows of pixels of as many bytes as `size`
// has channels, one after the other until it ends, or so many. Throws what OpenDataset throws, and
// UsageError when the images are not of that size.
std::unique_ptr<FrameSource> OpenFrames(const std::string& spec, const ImageSize& size,
                                        int64_t frames);

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_FRAME_SOURCE_H_
