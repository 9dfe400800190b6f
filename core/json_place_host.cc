#include "core/json_place_host.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/error_host.h"
#include "core/json_host.h"

namespace slim {

using nlohmann::json;

void JsonPlace::Refuse(const std::string& rule) const {
  throw BadInput(source_ + ": " + where_ + ": " + rule +
                 "; the file is damaged, or slimsplit did not write it");
}

void JsonPlace::ExpectMembers(std::initializer_list<const char*> names) const {
  for (const char* name : names) Member(name);
  for (const auto& member : value_.items()) {
    bool known = false;
    for (const char* name : names) known |= member.key() == name;
    if (!known) Refuse(Quoted(member.key()) + " is unknown");
  }
}

bool JsonPlace::Has(const char* name) const {
  if (!value_.is_object()) Refuse("must be an object");
  return value_.contains(name);
}

JsonPlace JsonPlace::Member(const char* name) const {
  if (!Has(name)) Refuse("\"" + std::string(name) + "\" is missing");
  return JsonPlace(source_, where_ + "." + name, value_[name]);
}

size_t JsonPlace::Count() const {
  if (!value_.is_array()) Refuse("must be an array");
  return value_.size();
}

JsonPlace JsonPlace::Element(size_t i) const {
  return JsonPlace(source_, where_ + "[" + std::to_string(i) + "]", value_[i]);
}

const std::string& JsonPlace::Text() const {
  if (!value_.is_string()) Refuse("must be a string");
  return value_.get_ref<const std::string&>();
}

int64_t JsonPlace::Integer(int64_t low, int64_t high) const {
  const bool fits = value_.is_number_integer() &&
                    !(value_.is_number_unsigned() && value_.get<uint64_t>() > INT64_MAX);
  if (!fits || value_.get<int64_t>() < low || value_.get<int64_t>() > high) {
    Refuse("must be a whole number from " + std::to_string(low) + " to " + std::to_string(high));
  }
  return value_.get<int64_t>();
}

uint64_t JsonPlace::Unsigned() const {
  if (!value_.is_number_unsigned()) Refuse("must be a whole number from 0 to 2^64 - 1");
  return value_.get<uint64_t>();
}

float JsonPlace::Float() const {
  const double value = value_.is_number() ? value_.get<double>() : HUGE_VAL;
  if (!(fabs(value) <= static_cast<double>(FLT_MAX))) Refuse("must be a finite 32-bit number");
  return static_cast<float>(value);
}

double ShortestDecimal(float value) {
  double shortest = static_cast<double>(value);
  for (int digits = 1; digits <= 9; ++digits) {
    char text[32];
    snprintf(text, sizeof(text), "%.*g", digits, static_cast<double>(value));
    shortest = strtod(text, nullptr);
    if (fabs(shortest) <= static_cast<double>(FLT_MAX) && static_cast<float>(shortest) == value)
      break;
  }
  return shortest;
}

}  // namespace slim
