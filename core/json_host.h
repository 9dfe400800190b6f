// JSON text from outside, read with limits.
#ifndef SLIMSPLIT_CORE_JSON_HOST_H_
#define SLIMSPLIT_CORE_JSON_HOST_H_

#include <stddef.h>
#include <stdint.h>

#include <nlohmann/json.hpp>
#include <string>

namespace slim {

// What a JSON text may cost.
struct JsonLimits {
  int64_t max_bytes = int64_t{1} << 20;
  int max_depth = 8;            // objects and arrays within each other
  int64_t max_entries = 10000;  // members of objects and elements of arrays, all together
};

// One JSON value (RFC 8259) and nothing after it.
//
// Refused with BadInput, naming `name`, the byte and the rule: bytes that are not JSON in UTF-8, a
// NUL byte, a key that occurs twice in one object, and whatever exceeds the limits. `first_byte` is
// where the text begins in the file, for the message.
nlohmann::json ParseJson(const std::string& name, const char* text, size_t size,
                         const JsonLimits& limits = {}, int64_t first_byte = 0);

nlohmann::json ReadJsonFile(const std::string& path, const JsonLimits& limits = {});

// `text` in quotes for a message: control characters escaped, invalid UTF-8 replaced, long text
// cut.
std::string Quoted(const std::string& text);

}  // namespace slim

#endif  // SLIMSPLIT_CORE_JSON_HOST_H_
