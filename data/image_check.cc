#include "data/image_check.h"

#include <string.h>
#include <zlib.h>

#include <string>
#include <vector>

namespace slim {
namespace {

uint32_t BigEndian32(const uint8_t* bytes) {
  return uint32_t{bytes[0]} << 24 | uint32_t{bytes[1]} << 16 | uint32_t{bytes[2]} << 8 | bytes[3];
}

std::string At(const char* what, size_t offset, const char* why) {
  return std::string(what) + " at byte " + std::to_string(offset) + " " + why;
}

// Tables of one DHT segment: class and number (1 byte), symbols of each length (16 bytes), symbols.
// Their codes must fit the lengths, as T.81 C.2 assigns them.
bool HuffmanTablesAreSound(const uint8_t* data, size_t size) {
  while (size > 0) {
    if (size < 17) return false;
    size_t symbols = 0;
    uint32_t free_codes = 1;
    for (int length = 1; length <= 16; ++length) {
      const uint32_t count = data[length];
      free_codes *= 2;
      if (count > free_codes) return false;
      free_codes -= count;
      symbols += count;
    }
    if (symbols > 256 || symbols > size - 17) return false;
    data += 17 + symbols;
    size -= 17 + symbols;
  }
  return true;
}

// Index of the marker that ends the coded data from `at` on; a stuffed zero and restart markers do
// not.
size_t EndOfCodedData(const std::vector<uint8_t>& bytes, size_t at) {
  for (; at + 1 < bytes.size(); ++at) {
    const uint8_t next = bytes[at + 1];
    if (bytes[at] == 0xff && next != 0 && next != 0xff && (next < 0xd0 || next > 0xd7)) return at;
  }
  return bytes.size();
}

}  // namespace

std::string FindPngDamage(const std::vector<uint8_t>& bytes) {
  // Signature (8 bytes), then chunks: length (4), type (4), data, CRC of type and data (4).
  for (size_t at = 8;;) {
    if (bytes.size() < at + 12) return At("PNG chunk", at, "is cut off");
    const uint8_t* chunk = bytes.data() + at;
    const size_t length = BigEndian32(chunk);
    if (length > bytes.size() - at - 12) return At("PNG chunk", at, "is cut off");
    const uLong sum = crc32(0, chunk + 4, static_cast<uInt>(length + 4));
    if (sum != BigEndian32(chunk + 8 + length)) {
      return At("PNG chunk", at, "does not match its checksum");
    }
    if (memcmp(chunk + 4, "IEND", 4) == 0) return "";
    at += 12 + length;
  }
}

std::string FindJpegDamage(const std::vector<uint8_t>& bytes) {
  // SOI, then segments: marker (0xff and a code), length (2, counts itself), data; SOS is followed
  // by coded data.
  constexpr uint8_t kEoi = 0xd9, kSos = 0xda, kDht = 0xc4;
  for (size_t at = 2;;) {
    while (at + 1 < bytes.size() && bytes[at] == 0xff && bytes[at + 1] == 0xff) ++at;
    if (bytes.size() < at + 2) return At("JPEG", at, "is cut off");
    if (bytes[at] != 0xff) return At("JPEG", at, "has no marker where one is due");
    const uint8_t code = bytes[at + 1];
    if (code == kEoi) return "";
    if (bytes.size() < at + 4) return At("JPEG segment", at, "is cut off");
    const size_t length = size_t{bytes[at + 2]} << 8 | bytes[at + 3];
    if (length < 2 || length > bytes.size() - at - 2) return At("JPEG segment", at, "is cut off");
    if (code == kDht && !HuffmanTablesAreSound(&bytes[at + 4], length - 2)) {
      return At("JPEG Huffman table", at, "makes no code");
    }
    at += 2 + length;
    if (code == kSos) at = EndOfCodedData(bytes, at);
  }
}

}  // namespace slim
