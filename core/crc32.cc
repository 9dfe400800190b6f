#include "core/crc32.h"

namespace slim {
namespace {

// row[k][b]: what byte b does to the checksum once k more bytes have followed it.
struct Crc32Table {
  uint32_t row[8][256];

  constexpr Crc32Table() : row() {
    for (uint32_t byte = 0; byte < 256; ++byte) {
      uint32_t crc = byte;
      for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320u : 0u);
      row[0][byte] = crc;
    }
    for (int k = 1; k < 8; ++k) {
      for (int byte = 0; byte < 256; ++byte) {
        row[k][byte] = (row[k - 1][byte] >> 8) ^ row[0][row[k - 1][byte] & 0xff];
      }
    }
  }
};

constexpr Crc32Table kTable;

}  // namespace

uint32_t Crc32(const uint8_t* bytes, int64_t size, uint32_t before) {
  const auto& row = kTable.row;
  uint32_t crc = ~before;
  for (; size >= 8; size -= 8, bytes += 8) {
    crc = row[7][(crc ^ bytes[0]) & 0xff] ^ row[6][((crc >> 8) ^ bytes[1]) & 0xff] ^
          row[5][((crc >> 16) ^ bytes[2]) & 0xff] ^ row[4][(crc >> 24) ^ bytes[3]] ^
          row[3][bytes[4]] ^ row[2][bytes[5]] ^ row[1][bytes[6]] ^ row[0][bytes[7]];
  }
  for (; size > 0; --size, ++bytes) crc = (crc >> 8) ^ row[0][(crc ^ *bytes) & 0xff];
  return ~crc;
}

}  // namespace slim
