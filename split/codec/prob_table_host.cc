#include "split/codec/prob_table_host.h"

#include <cmath>
#include <numeric>
#include <queue>
#include <string>
#include <tuple>

#include "core/error_host.h"
#include "split/codec/prob_table.h"

namespace slim {
namespace {

// One of 4096 for a symbol of its own costs every other symbol 1/2840 bit; through the escape the
// symbol costs at least 8 bits more. Both are equal at one of about 2^14.
constexpr double kRarest = 0x1p-14;

void Judge(const std::vector<double>& weights) {
  if (weights.empty() || weights.size() > 256) {
    throw UsageError("probability table: " + std::to_string(weights.size()) +
                     " weights given; give one for each of 1 to 256 symbols");
  }
  for (size_t i = 0; i < weights.size(); ++i) {
    if (!std::isfinite(weights[i]) || weights[i] < 0) {
      throw UsageError("probability table: weight " + std::to_string(i) + " is " +
                       std::to_string(weights[i]) +
                       "; weights are counts or probabilities, finite and >= 0");
    }
  }
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  if (!(sum > 0) || !std::isfinite(sum)) {
    throw UsageError("probability table: the weights sum to " + std::to_string(sum) +
                     "; count at least one symbol");
  }
}

// What one more unit saves in bits, were it the next one: falls with every unit, so taking the best
// each time ends at the best table. Equal savings go to the lower entry.
std::vector<int> Share(const std::vector<double>& weights) {
  std::vector<int> frequencies(weights.size(), 1);
  const auto saving = [&](int entry) {
    return std::make_tuple(weights[entry] * std::log1p(1.0 / frequencies[entry]), -entry);
  };
  std::priority_queue<std::tuple<double, int>> queue;
  const int entries = static_cast<int>(weights.size());
  for (int entry = 0; entry < entries; ++entry) queue.push(saving(entry));
  for (int left = kProbTotal - entries; left > 0; --left) {
    const int entry = -std::get<1>(queue.top());
    queue.pop();
    ++frequencies[entry];
    queue.push(saving(entry));
  }
  return frequencies;
}

}  // namespace

std::vector<uint8_t> MakeProbTable(const std::vector<double>& weights) {
  Judge(weights);
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  size_t first = 0, end = weights.size();
  while (weights[first] < kRarest * sum) ++first;
  while (weights[end - 1] < kRarest * sum) --end;
  std::vector<double> listed(weights.begin() + first, weights.begin() + end);
  const bool escape = listed.size() < weights.size();
  if (escape) {
    listed.push_back(std::accumulate(weights.begin(), weights.begin() + first, 0.0) +
                     std::accumulate(weights.begin() + end, weights.end(), 0.0));
  }
  std::vector<uint8_t> bytes = {static_cast<uint8_t>(first), static_cast<uint8_t>(end - 1),
                                static_cast<uint8_t>(escape), 0};
  for (const int frequency : Share(listed)) {
    bytes.push_back(static_cast<uint8_t>(frequency));
    bytes.push_back(static_cast<uint8_t>(frequency >> 8));
  }
  return bytes;
}

}  // namespace slim
