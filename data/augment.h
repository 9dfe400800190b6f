// Augment: a chain of random changes to an image that do not change its class.
//
// A recipe names the changes in order, e.g. "pad-crop:4,flip,cutout:8":
//   pad-crop:P                 zero border of P pixels, then a random crop of the old size
//                              (He et al., 2016)
//   flip                       mirrored left to right, every other time
//   random-resized-crop:S[:A]  a random box of A..1 of the area (A = 0.08) and aspect 3/4..4/3,
//                              scaled to SxS (Szegedy et al., 2015)
//   cutout:L                   a gray LxL square around a random pixel (DeVries and Taylor, 2017)
//   color-jitter:B:C:S         brightness, contrast, saturation times random factors, 1-B..1+B ...
//   center-crop:S              not random: shorter side scaled to S, the middle SxS
#ifndef SLIMSPLIT_DATA_AUGMENT_H_
#define SLIMSPLIT_DATA_AUGMENT_H_

#include <memory>
#include <string>
#include <vector>

#include "core/random.h"
#include "data/image.h"
#include "data/resize.h"

namespace slim {

// Memory that changes work in; one per thread.
struct AugmentScratch {
  Image image;
  Resampler resampler;
};

// One change. Const members may be called by several threads at once.
class Transform {
 public:
  virtual ~Transform() = default;
  // The size of the result for images of size `in`; not fixed() when it depends on the image.
  virtual ImageSize OutputSize(const ImageSize& in) const { return in; }
  // Changes `image`; the result depends on the image and the state of `random` alone.
  virtual void Apply(Random* random, AugmentScratch* scratch, Image* image) const = 0;
};

class Augment {
 public:
  Augment() = default;  // changes nothing
  // Throws Error that lists the known changes when the recipe is not understood.
  explicit Augment(const std::string& recipe);

  ImageSize OutputSize(ImageSize in) const;
  void Apply(Random* random, AugmentScratch* scratch, Image* image) const;

 private:
  std::vector<std::shared_ptr<const Transform>> transforms_;
};

}  // namespace slim

#endif  // SLIMSPLIT_DATA_AUGMENT_H_
