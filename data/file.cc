#include "data/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "core/error_host.h"

namespace slim {

int64_t FileSize(const std::string& path, const std::string& next_step) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) {
    throw BadInput(path + ": no such file (" + error.message() + "); " + next_step);
  }
  if (!std::filesystem::is_regular_file(status)) {
    throw BadInput(path + ": not a regular file; " + next_step);
  }
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (error) throw BadInput(path + ": " + error.message() + "; " + next_step);
  return static_cast<int64_t>(size);
}

void ReadFile(const std::string& path, const std::string& next_step, std::vector<uint8_t>* bytes) {
  bytes->resize(static_cast<size_t>(FileSize(path, next_step)));
  const std::unique_ptr<FILE, int (*)(FILE*)> file(fopen(path.c_str(), "rb"), fclose);
  if (file == nullptr) throw BadInput(path + ": " + strerror(errno) + "; " + next_step);
  const size_t read = fread(bytes->data(), 1, bytes->size(), file.get());
  if (read != bytes->size()) {
    throw BadInput(path + ": reading stopped at byte " + std::to_string(read) + " of " +
                   std::to_string(bytes->size()) + "; " + next_step);
  }
}

}  // namespace slim
