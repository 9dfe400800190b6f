// JsonLines: a log file with one JSON object per line.
#ifndef SLIMSPLIT_TOOLS_JSON_LINES_H_
#define SLIMSPLIT_TOOLS_JSON_LINES_H_

#include <stdio.h>

#include <nlohmann/json.hpp>
#include <string>

namespace slim {

class JsonLines {
 public:
  // Opens the file to go on before step `first_step`: lines from the first one on whose "step" is
  // not below it, and a last line that was cut short, are dropped; 0 begins anew. Throws Failure
  // when the file cannot be written.
  JsonLines(const std::string& path, int64_t first_step);
  ~JsonLines();
  JsonLines(const JsonLines&) = delete;
  JsonLines& operator=(const JsonLines&) = delete;

  // Writes one line and hands it to the system. Throws Failure when that fails (disk full).
  void Write(const nlohmann::json& object);

 private:
  const std::string path_;
  FILE* file_;
};

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_JSON_LINES_H_
