// JsonPlace: a value of a JSON text together with where it stands, so that what is read is judged
// and every complaint names file, place and rule.
#ifndef SLIMSPLIT_CORE_JSON_PLACE_HOST_H_
#define SLIMSPLIT_CORE_JSON_PLACE_HOST_H_

#include <stddef.h>
#include <stdint.h>

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>

namespace slim {

// Owns nothing: `source` (the file) and the JSON value must outlive it. What does not fit is
// BadInput.
class JsonPlace {
 public:
  JsonPlace(const std::string& source, const std::string& where, const nlohmann::json& value)
      : source_(source), where_(where), value_(value) {}

  const std::string& source() const { return source_; }
  const nlohmann::json& value() const { return value_; }
  // The same value, called by a name that says more.
  JsonPlace As(const std::string& where) const { return JsonPlace(source_, where, value_); }

  // Throws BadInput: source, place, rule, and that slimsplit did not write this.
  [[noreturn]] void Refuse(const std::string& rule) const;

  // An object that has these members and no others.
  void ExpectMembers(std::initializer_list<const char*> names) const;
  bool Has(const char* name) const;                  // of an object
  JsonPlace Member(const char* name) const;          // of an object
  size_t Count() const;                              // of an array
  JsonPlace Element(size_t i) const;                 // i < Count()
  const std::string& Text() const;                   // a string
  int64_t Integer(int64_t low, int64_t high) const;  // a whole number in [low, high]
  uint64_t Unsigned() const;                         // a whole number of 64 bits
  float Float() const;                               // a finite number that fits 32 bits

 private:
  const std::string& source_;
  std::string where_;
  const nlohmann::json& value_;
};

// The double of the shortest decimal that reads as the finite `value` again: 0.1f is written 0.1.
double ShortestDecimal(float value);

}  // namespace slim

#endif  // SLIMSPLIT_CORE_JSON_PLACE_HOST_H_
