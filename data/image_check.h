// Checks of the structure of image files, before a decoder that is less careful gets to see them.
#ifndef SLIMSPLIT_DATA_IMAGE_CHECK_H_
#define SLIMSPLIT_DATA_IMAGE_CHECK_H_

#include <stdint.h>

#include <string>
#include <vector>

namespace slim {

// What is wrong with the chunks of a PNG, from its signature to its IEND: lengths and checksums
// (RFC 2083, section 3). Empty when nothing is.
std::string FindPngDamage(const std::vector<uint8_t>& bytes);

// What is wrong with the segments of a JPEG, from SOI to EOI: lengths, Huffman tables (ITU-T T.81,
// annex B). Empty when nothing is. A JPEG has no checksum: damage inside its coded data can go
// unseen.
std::string FindJpegDamage(const std::vector<uint8_t>& bytes);

}  // namespace slim

#endif  // SLIMSPLIT_DATA_IMAGE_CHECK_H_
