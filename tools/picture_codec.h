// Picture codecs: what a device that cannot run a network sends instead, the image in a file.
#ifndef SLIMSPLIT_TOOLS_PICTURE_CODEC_H_
#define SLIMSPLIT_TOOLS_PICTURE_CODEC_H_

#include <stdint.h>

#include <vector>

#include "data/image.h"

namespace slim {

enum class PictureFormat {
  kJpeg,  // baseline; colours at half the resolution (4:2:0); libjpeg-turbo
  kPng,   // lossless; libpng
  kWebp,  // lossy; libwebp
};

// "jpeg", "png", "webp"
const char* NameOf(PictureFormat format);

// The file, with each library's usual settings. `quality` is 1 .. 100, and of no account to PNG.
// Throws Failure when the library refuses.
std::vector<uint8_t> EncodePicture(const Image& image, PictureFormat format, int quality);

// The image of a file that EncodePicture made of an image of that size. Throws BadInput on others.
void DecodePicture(const std::vector<uint8_t>& file, PictureFormat format, const ImageSize& size,
                   Image* image);

// Bytes of the entropy-coded scan of a baseline JPEG: the file without its markers, tables, frame
// and scan headers, which are the same for all images of a size and quality, so that a receiver
// could know them beforehand. Throws BadInput on bytes that are no such file.
int64_t JpegScanBytes(const std::vector<uint8_t>& file);

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_PICTURE_CODEC_H_
