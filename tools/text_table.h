// TextTable: rows of text in columns, for people to read; and numbers with units.
#ifndef SLIMSPLIT_TOOLS_TEXT_TABLE_H_
#define SLIMSPLIT_TOOLS_TEXT_TABLE_H_

#include <stdint.h>

#include <string>
#include <vector>

namespace slim {

class TextTable {
 public:
  // Each row has as many cells as the first, which may hold titles.
  void Add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  // Columns are two spaces apart; the first `left` are flush left, the others flush right.
  std::string ToString(int left) const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

// "950", "12.5 k", "78.0 k", "1.23 M", "4.09 G": three digits.
std::string WithUnit(int64_t count);
// "512 B", "12.5 KiB", "1.23 MiB".
std::string BytesWithUnit(int64_t bytes);
// "0.25, 0.5, 1"
std::string Joined(const std::vector<std::string>& names);
// "92.34 %" of a part in [0, 1].
std::string Percent(double part);

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_TEXT_TABLE_H_
