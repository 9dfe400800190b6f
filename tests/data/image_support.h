// Small images made byte by byte.
#ifndef SLIMSPLIT_TESTS_DATA_IMAGE_SUPPORT_H_
#define SLIMSPLIT_TESTS_DATA_IMAGE_SUPPORT_H_

#include <stdint.h>
#include <zlib.h>

#include <string>
#include <vector>

#include "data/image.h"
#include "tests/data/data_support.h"

namespace slim {

inline void Append(Bytes* bytes, const Bytes& more) {
  bytes->insert(bytes->end(), more.begin(), more.end());
}

inline Bytes BigEndian(uint32_t value) {
  return {static_cast<uint8_t>(value >> 24), static_cast<uint8_t>(value >> 16),
          static_cast<uint8_t>(value >> 8), static_cast<uint8_t>(value)};
}

inline Bytes PngChunk(const std::string& type, const Bytes& data) {
  Bytes body(type.begin(), type.end());
  Append(&body, data);
  Bytes chunk = BigEndian(static_cast<uint32_t>(data.size()));
  Append(&chunk, body);
  Append(&chunk,
         BigEndian(static_cast<uint32_t>(crc32(0, body.data(), static_cast<uInt>(body.size())))));
  return chunk;
}

// A PNG of 8 bits with 1 (gray), 2 (gray, alpha), 3 (color) or 4 (color, alpha) channels.
inline Bytes Png(const Image& image) {
  constexpr uint8_t kColorType[] = {0, 0, 4, 2, 6};
  Bytes rows;
  const int row_bytes = image.size.width * image.size.channels;
  for (int y = 0; y < image.size.height; ++y) {
    rows.push_back(0);  // no filter
    rows.insert(rows.end(), image.At(y, 0), image.At(y, 0) + row_bytes);
  }
  uLongf packed_size = compressBound(rows.size());
  Bytes packed(packed_size);
  EXPECT_EQ(compress(packed.data(), &packed_size, rows.data(), rows.size()), Z_OK);
  packed.resize(packed_size);
  Bytes png = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  Bytes header = BigEndian(image.size.width);
  Append(&header, BigEndian(image.size.height));
  Append(&header, {8, kColorType[image.size.channels], 0, 0, 0});
  Append(&png, PngChunk("IHDR", header));
  Append(&png, PngChunk("IDAT", packed));
  Append(&png, PngChunk("IEND", {}));
  return png;
}

// A baseline JPEG of 8x8 gray pixels, all 168: one block whose DC coefficient is 40, quantised in
// steps of 8, so that 128 + 40 * 8 / 8 comes out. Both Huffman tables have the single code 0: DC of
// 6 bits, and end of block.
inline Bytes Jpeg() {
  Bytes jpeg = {0xff, 0xd8};
  Append(&jpeg, {0xff, 0xdb, 0, 67, 0});
  Append(&jpeg, Bytes(64, 8));
  Append(&jpeg, {0xff, 0xc0, 0, 11, 8, 0, 8, 0, 8, 1, 1, 0x11, 0});
  Append(&jpeg, {0xff, 0xc4, 0, 20, 0x00, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6});
  Append(&jpeg, {0xff, 0xc4, 0, 20, 0x10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  Append(&jpeg, {0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0});
  Append(&jpeg, {0x50});  // 0 101000 0
  Append(&jpeg, {0xff, 0xd9});
  return jpeg;
}

}  // namespace slim

#endif  // SLIMSPLIT_TESTS_DATA_IMAGE_SUPPORT_H_
