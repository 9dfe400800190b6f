#include "tools/json_lines.h"

#include <errno.h>
#include <string.h>

#include "core/error_host.h"

namespace slim {

JsonLines::JsonLines(const std::string& path, bool append)
    : path_(path), file_(fopen(path.c_str(), append ? "ae" : "we")) {
  if (file_ == nullptr) throw Failure(path + ": cannot be opened to write: " + strerror(errno));
}

JsonLines::~JsonLines() { fclose(file_); }

void JsonLines::Write(const nlohmann::json& object) {
  const std::string line = object.dump() + "\n";
  if (fwrite(line.data(), 1, line.size(), file_) != line.size() || fflush(file_) != 0) {
    throw Failure(path_ + ": cannot be written: " + strerror(errno) +
                  "; free some space and resume");
  }
}

}  // namespace slim
