// Image: 8-bit pixels as they come from a file, before they become numbers for a network.
#ifndef SLIMSPLIT_DATA_IMAGE_H_
#define SLIMSPLIT_DATA_IMAGE_H_

#include <stddef.h>
#include <stdint.h>

#include <vector>

namespace slim {

// Height, width and channels of an image; all zero where the images of a set differ in size.
struct ImageSize {
  int height = 0;
  int width = 0;
  int channels = 0;

  int64_t bytes() const { return int64_t{height} * width * channels; }
  bool fixed() const { return height > 0; }
  friend bool operator==(const ImageSize& a, const ImageSize& b) {
    return a.height == b.height && a.width == b.width && a.channels == b.channels;
  }
  friend bool operator!=(const ImageSize& a, const ImageSize& b) { return !(a == b); }
};

// One image, [height][width][channels], channels 1 (gray) or 3 (red, green, blue).
struct Image {
  ImageSize size;
  std::vector<uint8_t> pixels;

  // Makes room for an image of `new_size`; keeps the capacity of `pixels`. The pixels have no
  // defined values.
  void Resize(const ImageSize& new_size) {
    size = new_size;
    pixels.resize(static_cast<size_t>(new_size.bytes()));
  }
  uint8_t* At(int y, int x) { return pixels.data() + Offset(y, x); }
  const uint8_t* At(int y, int x) const { return pixels.data() + Offset(y, x); }

 private:
  int64_t Offset(int y, int x) const { return (int64_t{y} * size.width + x) * size.channels; }
};

}  // namespace slim

#endif  // SLIMSPLIT_DATA_IMAGE_H_
