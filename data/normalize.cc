#include "data/normalize.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "core/error_host.h"

namespace slim {

Normalization NormalizationPreset(const std::string& name) {
  if (name == "imagenet" || name == "cifar10") {
    return {{0.485f, 0.456f, 0.406f}, {0.229f, 0.224f, 0.225f}};
  }
  if (name == "mnist") return {{0.1307f}, {0.3081f}};
  if (name == "fashion-mnist") return {{0.2860f}, {0.3530f}};
  throw UsageError("unknown normalization '" + name +
                   "'; use imagenet, cifar10, mnist or fashion-mnist");
}

Normalization MeasureNormalization(const Dataset& dataset, int64_t images) {
  std::vector<int64_t> sum, sum_of_squares;
  int64_t pixels = 0;
  Image image;
  for (int64_t i = 0; i < std::min(images, dataset.size()); ++i) {
    dataset.Get(i, &image);
    const int channels = image.size.channels;
    if (sum.empty()) {
      sum.resize(channels);
      sum_of_squares.resize(channels);
    }
    for (size_t p = 0; p < image.pixels.size(); p += channels) {
      for (int c = 0; c < channels; ++c) {
        const int64_t value = image.pixels[p + c];
        sum[c] += value;
        sum_of_squares[c] += value * value;
      }
    }
    pixels += image.pixels.size() / channels;
  }
  Normalization result;
  for (size_t c = 0; c < sum.size(); ++c) {
    const double mean = static_cast<double>(sum[c]) / pixels;
    const double variance = static_cast<double>(sum_of_squares[c]) / pixels - mean * mean;
    result.mean.push_back(static_cast<float>(mean / 255));
    // A channel without any variation is left unscaled.
    result.std.push_back(variance > 0 ? static_cast<float>(std::sqrt(variance) / 255) : 1.0f);
  }
  return result;
}

Normalizer::Normalizer(const Normalization& normalization, int channels)
    : channels_(channels), table_(static_cast<size_t>(channels) * 256) {
  const bool plain = normalization.mean.empty() && normalization.std.empty();
  if (!plain && (normalization.mean.size() != static_cast<size_t>(channels) ||
                 normalization.std.size() != static_cast<size_t>(channels))) {
    throw UsageError("normalization has " + std::to_string(normalization.mean.size()) +
                     " means and " + std::to_string(normalization.std.size()) +
                     " standard deviations, but images have " + std::to_string(channels) +
                     " channels; give one of each per channel");
  }
  for (int c = 0; c < channels; ++c) {
    const float mean = plain ? 0.0f : normalization.mean[c];
    const float std = plain ? 1.0f : normalization.std[c];
    if (!std::isfinite(mean) || !std::isfinite(std) || std <= 0) {
      throw UsageError("normalization of channel " + std::to_string(c) + " has mean " +
                       std::to_string(mean) + " and standard deviation " + std::to_string(std) +
                       "; both must be finite and the latter above 0");
    }
    for (int value = 0; value < 256; ++value) {
      table_[c * 256 + value] = (static_cast<float>(value) / 255.0f - mean) / std;
    }
  }
}

void Normalizer::Apply(const Image& image, float* out) const {
  const uint8_t* in = image.pixels.data();
  const int64_t count = image.size.bytes();
  for (int64_t i = 0; i < count; i += channels_) {
    for (int c = 0; c < channels_; ++c) out[i + c] = table_[c * 256 + in[i + c]];
  }
}

}  // namespace slim
