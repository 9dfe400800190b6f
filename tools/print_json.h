// One result as one line of JSON on standard output.
#ifndef SLIMSPLIT_TOOLS_PRINT_JSON_H_
#define SLIMSPLIT_TOOLS_PRINT_JSON_H_

#include <stdio.h>

#include <nlohmann/json.hpp>

namespace slim {

// Keys keep their order; bytes that are not UTF-8 (of a path, say) are replaced.
inline void PrintJsonLine(const nlohmann::ordered_json& object) {
  using Json = nlohmann::ordered_json;
  printf("%s\n", object.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
}

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_PRINT_JSON_H_
