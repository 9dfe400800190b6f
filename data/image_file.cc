#include "data/image_file.h"

#include <stb/stb_image.h>
#include <string.h>
#include <zlib.h>

#include <memory>
#include <string>
#include <vector>

#include "core/error_host.h"
#include "core/file_host.h"

namespace slim {
namespace {

constexpr char kNextStep[] = "replace or remove the image";
constexpr int kMaxFileBytes = 1 << 30;
constexpr int64_t kMaxPixels = int64_t{1} << 26;

Error Corrupt(const std::string& name, const std::string& why) {
  return BadInput(name + ": " + why + "; " + kNextStep);
}

uint32_t BigEndian(const uint8_t* bytes) {
  return uint32_t{bytes[0]} << 24 | uint32_t{bytes[1]} << 16 | uint32_t{bytes[2]} << 8 | bytes[3];
}

// Checks the length and checksum of every chunk, which stb_image does not: signature (8 bytes),
// then chunks of length (4), type (4), data, CRC of type and data (4), up to the chunk IEND. See
// RFC 2083, section 3.
void CheckPng(const std::string& name, const std::vector<uint8_t>& bytes) {
  for (size_t at = 8;;) {
    const std::string where = "PNG chunk at byte " + std::to_string(at);
    if (bytes.size() - at < 12) throw Corrupt(name, where + " is cut off");
    const uint8_t* chunk = bytes.data() + at;
    const size_t length = BigEndian(chunk);
    if (length > bytes.size() - at - 12) throw Corrupt(name, where + " is cut off");
    const uint32_t stored = BigEndian(chunk + 8 + length);
    if (crc32(0, chunk + 4, static_cast<uInt>(length + 4)) != stored) {
      throw Corrupt(name, where + " does not match its checksum");
    }
    if (memcmp(chunk + 4, "IEND", 4) == 0) return;
    at += 12 + length;
  }
}

}  // namespace

void DecodeImage(const std::string& name, const std::vector<uint8_t>& bytes, Image* image) {
  static constexpr uint8_t kPng[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  if (bytes.empty()) throw Corrupt(name, "empty file");
  if (bytes.size() > kMaxFileBytes) throw Corrupt(name, "files above 1 GiB are not read");
  if (bytes.size() >= sizeof kPng && memcmp(bytes.data(), kPng, sizeof kPng) == 0) {
    CheckPng(name, bytes);
  }
  const int length = static_cast<int>(bytes.size());
  int width = 0, height = 0, channels = 0;
  if (!stbi_info_from_memory(bytes.data(), length, &width, &height, &channels)) {
    throw Corrupt(name, std::string("neither JPEG nor PNG: ") + stbi_failure_reason());
  }
  if (int64_t{width} * height > kMaxPixels) {
    throw Corrupt(name, std::to_string(width) + "x" + std::to_string(height) +
                            " pixels are more than the limit of " + std::to_string(kMaxPixels));
  }
  const std::unique_ptr<stbi_uc, void (*)(void*)> pixels(
      stbi_load_from_memory(bytes.data(), length, &width, &height, &channels, 3), stbi_image_free);
  if (pixels == nullptr) {
    throw Corrupt(name, std::string("damaged image: ") + stbi_failure_reason());
  }
  image->Resize({height, width, 3});
  memcpy(image->pixels.data(), pixels.get(), image->pixels.size());
}

void ReadImageFile(const std::string& path, Image* image) {
  DecodeImage(path, ReadFile(path, kMaxFileBytes), image);
}

}  // namespace slim
