#include "tools/text_table.h"

#include <stdio.h>

#include <algorithm>

namespace slim {
namespace {

// Characters of UTF-8 text: bytes that do not continue one.
size_t Columns(const std::string& text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; });
}

// `count` in the largest unit that leaves it at least 1, with three digits.
std::string Scaled(int64_t count, double step, const char* const units[], int num_units) {
  double value = static_cast<double>(count);
  int unit = 0;
  // What would be printed as "1000" of a unit is 1 of the next.
  while (unit + 1 < num_units && value >= (unit == 0 ? step : step * 0.9995)) {
    value /= step;
    ++unit;
  }
  const int decimals = unit == 0 ? 0 : value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  char text[48];
  snprintf(text, sizeof(text), "%.*f%s", decimals, value, units[unit]);
  return text;
}

}  // namespace

std::string TextTable::ToString(int left) const {
  std::vector<size_t> widths(rows_[0].size());
  for (const auto& row : rows_) {
    for (size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], Columns(row[c]));
  }
  std::string text;
  for (const auto& row : rows_) {
    std::string line;
    for (size_t c = 0; c < row.size(); ++c) {
      const std::string padding(widths[c] - Columns(row[c]), ' ');
      if (c > 0) line += "  ";
      line += static_cast<int>(c) < left ? row[c] + padding : padding + row[c];
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string WithUnit(int64_t count) {
  static constexpr const char* kUnits[] = {"", " k", " M", " G", " T", " P", " E"};
  return Scaled(count, 1000, kUnits, 7);
}

std::string BytesWithUnit(int64_t bytes) {
  static constexpr const char* kUnits[] = {" B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB"};
  return Scaled(bytes, 1024, kUnits, 7);
}

std::string Joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::string Percent(double part) {
  char text[32];
  snprintf(text, sizeof(text), "%.2f %%", 100 * part);
  return text;
}

}  // namespace slim
