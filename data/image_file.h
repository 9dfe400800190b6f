// Decoding of JPEG and PNG files.
#ifndef SLIMSPLIT_DATA_IMAGE_FILE_H_
#define SLIMSPLIT_DATA_IMAGE_FILE_H_

#include <stdint.h>

#include <string>
#include <vector>

#include "data/image.h"

namespace slim {

// Decodes a JPEG or PNG to 8 bits and three channels; gray becomes three equal ones, an alpha
// channel is dropped. At most 16384 pixels a side and 2^26 in all. `name` stands for the bytes in
// errors. Throws Error that says what is wrong with bytes that are not such an image, or not a
// whole one.
void DecodeImage(const std::string& name, const std::vector<uint8_t>& bytes, Image* image);

// The same for a file.
void ReadImageFile(const std::string& path, Image* image);

}  // namespace slim

#endif  // SLIMSPLIT_DATA_IMAGE_FILE_H_
