#include "core/json_host.h"

#include <string.h>

#include <iterator>
#include <utility>
#include <vector>

#include "core/error_host.h"
#include "core/file_host.h"

namespace slim {
namespace {

using nlohmann::json;

// Walks over the text and tells the handler how far the parser has read.
struct CountingIterator {
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  reference operator*() const { return *at; }
  CountingIterator& operator++() {
    ++at;
    ++*bytes_read;
    return *this;
  }
  bool operator==(const CountingIterator& other) const { return at == other.at; }
  bool operator!=(const CountingIterator& other) const { return at != other.at; }

  const char* at;
  int64_t* bytes_read;
};

// Receives the parser's events, judges each against the limits, and builds the value.
class Builder {
 public:
  using number_integer_t = json::number_integer_t;
  using number_unsigned_t = json::number_unsigned_t;
  using number_float_t = json::number_float_t;
  using string_t = json::string_t;
  using binary_t = json::binary_t;

  Builder(const std::string& name, const JsonLimits& limits, int64_t first_byte)
      : name_(name), limits_(limits), first_byte_(first_byte) {}

  bool null() { return Leaf(nullptr); }
  bool boolean(bool value) { return Leaf(value); }
  bool number_integer(number_integer_t value) { return Leaf(value); }
  bool number_unsigned(number_unsigned_t value) { return Leaf(value); }
  bool number_float(number_float_t value, const string_t&) { return Leaf(value); }
  bool string(string_t& value) { return Leaf(std::move(value)); }
  bool binary(binary_t&) { return false; }  // JSON text has none
  bool start_object(std::size_t) { return Open(json::object()); }
  bool start_array(std::size_t) { return Open(json::array()); }
  bool end_object() { return Close(); }
  bool end_array() { return Close(); }

  bool key(string_t& value) {
    if (open_.back()->contains(value))
      Refuse("the key " + Quoted(value) + " occurs twice in one object");
    key_ = std::move(value);
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const json::exception& error) {
    // "[json.exception.parse_error.101] parse error at line 1, column 2: what is wrong"
    std::string reason = error.what();
    const size_t colon =
        reason.find("column ") == std::string::npos ? std::string::npos : reason.find(": ");
    reason =
        colon == std::string::npos ? reason.substr(reason.find(']') + 2) : reason.substr(colon + 2);
    bytes_read_ = static_cast<int64_t>(position);
    Refuse("not valid JSON: " + Quoted(reason));
  }

  [[noreturn]] void Refuse(const std::string& rule) const {
    throw BadInput(name_ + ": byte " + std::to_string(first_byte_ + bytes_read_) + ": " + rule +
                   "; correct the file, or fetch or export it again");
  }

  int64_t* bytes_read() { return &bytes_read_; }
  json TakeResult() { return std::move(root_); }

 private:
  json* Put(json value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    if (++entries_ > limits_.max_entries) {
      Refuse("more than " + std::to_string(limits_.max_entries) + " entries");
    }
    json& parent = *open_.back();
    if (parent.is_object()) return &(parent[key_] = std::move(value));
    parent.push_back(std::move(value));
    return &parent.back();
  }
  bool Leaf(json value) {
    Put(std::move(value));
    return true;
  }
  bool Open(json value) {
    if (static_cast<int>(open_.size()) >= limits_.max_depth) {
      Refuse("nested deeper than " + std::to_string(limits_.max_depth) + " levels");
    }
    open_.push_back(Put(std::move(value)));
    return true;
  }
  bool Close() {
    open_.pop_back();
    return true;
  }

  const std::string& name_;
  const JsonLimits& limits_;
  int64_t first_byte_;
  int64_t bytes_read_ = 0;
  int64_t entries_ = 0;
  json root_;
  std::string key_;
  std::vector<json*>
      open_;  // from the root to the innermost; a parent does not grow while its child is open
};

}  // namespace

nlohmann::json ParseJson(const std::string& name, const char* text, size_t size,
                         const JsonLimits& limits, int64_t first_byte) {
  Builder builder(name, limits, first_byte);
  if (size > static_cast<uint64_t>(limits.max_bytes)) {
    builder.Refuse("the text has " + std::to_string(size) + " bytes, more than the limit of " +
                   std::to_string(limits.max_bytes));
  }
  // The library takes a NUL byte for the end of the text and would not see what follows.
  if (const void* nul = size == 0 ? nullptr : memchr(text, 0, size)) {
    *builder.bytes_read() = static_cast<const char*>(nul) - text;
    builder.Refuse("a NUL byte in JSON text");
  }
  json::sax_parse(CountingIterator{text, builder.bytes_read()},
                  CountingIterator{text + size, builder.bytes_read()}, &builder);
  return builder.TakeResult();
}

nlohmann::json ReadJsonFile(const std::string& path, const JsonLimits& limits) {
  const std::string text = ReadTextFile(path, limits.max_bytes);
  return ParseJson(path, text.data(), text.size(), limits);
}

std::string Quoted(const std::string& text) {
  constexpr size_t kLongest = 120;
  const std::string shown = text.size() > kLongest ? text.substr(0, kLongest) + "..." : text;
  return json(shown).dump(-1, ' ', true, json::error_handler_t::replace);
}

}  // namespace slim
