#include "tools/json_lines.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <fstream>

#include "core/error_host.h"

namespace slim {

namespace {

// Bytes of the whole lines before the first one whose "step" is not below `first_step`.
int64_t BytesToKeep(const std::string& path, int64_t first_step) {
  std::ifstream file(path, std::ios::binary);
  int64_t keep = 0;
  for (std::string line; first_step > 0 && std::getline(file, line) && !file.eof();) {
    const nlohmann::json object = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!object.is_object()) break;
    const auto step = object.find("step");
    if (step != object.end() && step->is_number_integer() && *step >= first_step) break;
    keep += static_cast<int64_t>(line.size()) + 1;
  }
  return keep;
}

}  // namespace

JsonLines::JsonLines(const std::string& path, int64_t first_step)
    : path_(path), file_(fopen(path.c_str(), "ae")) {
  if (file_ == nullptr) throw Failure(path + ": cannot be opened to write: " + strerror(errno));
  if (ftruncate(fileno(file_), BytesToKeep(path, first_step)) != 0) {
    const std::string reason = strerror(errno);
    fclose(file_);
    throw Failure(path + ": cannot be cut to size: " + reason);
  }
}

JsonLines::~JsonLines() { fclose(file_); }

void JsonLines::Write(const nlohmann::json& object) {
  const std::string line = object.dump() + "\n";
  if (fwrite(line.data(), 1, line.size(), file_) != line.size() || fflush(file_) != 0) {
    throw Failure(path_ + ": cannot be written: " + strerror(errno) +
                  "; free some space and start again");
  }
}

}  // namespace slim
