#include "data/image_file.h"

#include <stb/stb_image.h>
#include <string.h>

#include <memory>
#include <string>
#include <vector>

#include "core/error_host.h"
#include "core/file_host.h"
#include "data/image_check.h"

namespace slim {
namespace {

constexpr char kNextStep[] = "replace or remove the image";
constexpr int kMaxFileBytes = 1 << 30;
constexpr int64_t kMaxPixels = int64_t{1} << 26;

Error Corrupt(const std::string& name, const std::string& why) {
  return BadInput(name + ": " + why + "; " + kNextStep);
}

bool BeginsWith(const std::vector<uint8_t>& bytes, const char* start) {
  return bytes.size() >= strlen(start) && memcmp(bytes.data(), start, strlen(start)) == 0;
}

}  // namespace

void DecodeImage(const std::string& name, const std::vector<uint8_t>& bytes, Image* image) {
  if (bytes.size() > kMaxFileBytes) throw Corrupt(name, "files above 1 GiB are not read");
  std::string damage = bytes.empty() ? "empty file" : "neither JPEG nor PNG";
  if (BeginsWith(bytes, "\x89PNG\r\n\x1a\n")) damage = FindPngDamage(bytes);
  if (BeginsWith(bytes, "\xff\xd8")) damage = FindJpegDamage(bytes);
  if (!damage.empty()) throw Corrupt(name, damage);
  const int length = static_cast<int>(bytes.size());
  int width = 0, height = 0, channels = 0;
  if (!stbi_info_from_memory(bytes.data(), length, &width, &height, &channels)) {
    throw Corrupt(name, std::string("damaged image: ") + stbi_failure_reason());
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
