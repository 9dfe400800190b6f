#include "data/dataset.h"

#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "core/error_host.h"

namespace slim {
namespace {

std::vector<int64_t> Range(const Dataset& base, int64_t first, int64_t count) {
  if (first < 0 || count < 0 || first > base.size() || count > base.size() - first) {
    throw UsageError("images " + std::to_string(first) + " + " + std::to_string(count) +
                     " asked of a data set of " + std::to_string(base.size()) +
                     " images; choose a range inside it");
  }
  std::vector<int64_t> indices(static_cast<size_t>(count));
  std::iota(indices.begin(), indices.end(), first);
  return indices;
}

}  // namespace

Subset::Subset(const Dataset& base, int64_t first, int64_t count)
    : base_(base), indices_(Range(base, first, count)) {}

Subset::Subset(const Dataset& base, std::vector<int64_t> indices)
    : base_(base), indices_(std::move(indices)) {
  for (const int64_t index : indices_) {
    if (index < 0 || index >= base.size()) {
      throw UsageError("image " + std::to_string(index) + " asked of a data set of " +
                       std::to_string(base.size()) + " images; choose indices inside it");
    }
  }
}

}  // namespace slim
