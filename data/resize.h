// Resampler: cuts a box out of an image and scales it, with a filter wide enough that shrinking
// does not alias.
#ifndef SLIMSPLIT_DATA_RESIZE_H_
#define SLIMSPLIT_DATA_RESIZE_H_

#include <stdint.h>

#include <vector>

#include "data/image.h"

namespace slim {

// A part of an image in pixels, at least partly inside it.
struct CropBox {
  float top = 0, left = 0, height = 0, width = 0;
};

// The largest square around the centre.
CropBox CenterSquare(const ImageSize& size);

// Bilinear where it enlarges, a triangle filter of the width of an output pixel where it shrinks
// (as Pillow's BILINEAR and PyTorch's antialias=True). Keeps its memory between calls; one per
// thread.
class Resampler {
 public:
  // out becomes [height][width][channels of in]. Pixels just outside the box may contribute at its
  // border. `in` and `out` are different images.
  void Resample(const Image& in, const CropBox& box, int height, int width, Image* out);

 private:
  // Which inputs make one output: weights_[first_weight ..] for inputs [begin, end).
  struct Span {
    int begin, end;
    int64_t first_weight;
  };
  struct Axis {
    std::vector<Span> spans;  // per output
    std::vector<float> weights;
    void Plan(int in_size, float begin, float length, int out_size);
  };

  Axis rows_, columns_;
  std::vector<float> line_;  // one output row before it is cut to width: [in width][channels]
};

}  // namespace slim

#endif  // SLIMSPLIT_DATA_RESIZE_H_
