// Order statistics of a list of numbers.
#ifndef SLIMSPLIT_TOOLS_PERCENTILE_H_
#define SLIMSPLIT_TOOLS_PERCENTILE_H_

#include <algorithm>
#include <vector>

namespace slim {

// The element before which, in rising order, `part` in [0, 1] of the list stands, rounded down; the
// last one for part 1. 0.5 is the median, the upper one of an even count. Reorders the list; 0
// where it is empty.
inline double Percentile(std::vector<double>* numbers, double part) {
  if (numbers->empty()) return 0;
  const size_t last = numbers->size() - 1;
  const auto rank = static_cast<size_t>(part * static_cast<double>(numbers->size()));
  const auto at = numbers->begin() + static_cast<int64_t>(std::min(rank, last));
  std::nth_element(numbers->begin(), at, numbers->end());
  return *at;
}

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_PERCENTILE_H_
