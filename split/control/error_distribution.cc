#include "split/control/error_distribution.h"

#include <math.h>

namespace slim {
namespace {

// Bins of half a deviation from -3 to 8; what lies beyond counts in the outermost ones.
constexpr double kLowest = -3, kWidth = 0.5;

// So many errors are remembered, and what is assumed at first weighs as much as so many.
constexpr int kRemembered = 250, kAssumed = 40;

double Logistic(double deviations) { return 1 / (1 + exp(-1.8137993642342178 * deviations)); }

}  // namespace

ErrorDistribution::ErrorDistribution() {
  double below = 0;
  for (int b = 0; b < kBins; ++b) {
    const double up_to = b + 1 == kBins ? 1 : Logistic(kLowest + kWidth * (b + 1));
    part_[b] = static_cast<float>(up_to - below);
    below = up_to;
  }
}

int ErrorDistribution::BinOf(double deviations) {
  const double bin = floor((deviations - kLowest) / kWidth);
  return bin < 0 ? 0 : bin > kBins - 1 ? kBins - 1 : static_cast<int>(bin);
}

void ErrorDistribution::Observe(double deviations) {
  if (seen_ < kRemembered - kAssumed) ++seen_;
  const float gain = 1.0f / static_cast<float>(kAssumed + seen_);
  for (float& part : part_) part -= gain * part;
  part_[BinOf(deviations)] += gain;
}

double ErrorDistribution::Below(double deviations) const {
  const int bin = BinOf(deviations);
  double below = 0;
  for (int b = 0; b < bin; ++b) below += part_[b];
  const double into = (deviations - kLowest) / kWidth - bin;
  return fmin(below + fmin(fmax(into, 0), 1) * part_[bin], 1);
}

double ErrorDistribution::Quantile(double probability) const {
  double below = 0;
  int bin = 0;
  while (bin + 1 < kBins && below + part_[bin] < probability) below += part_[bin++];
  const double into = part_[bin] > 0 ? (probability - below) / part_[bin] : 1;
  return kLowest + kWidth * (bin + fmin(fmax(into, 0), 1));
}

}  // namespace slim
