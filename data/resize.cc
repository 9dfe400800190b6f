#include "data/resize.h"

#include <algorithm>
#include <cmath>

namespace slim {

CropBox CenterSquare(const ImageSize& size) {
  const float side = static_cast<float>(std::min(size.height, size.width));
  return {(size.height - side) / 2, (size.width - side) / 2, side, side};
}

void Resampler::Axis::Plan(int in_size, float begin, float length, int out_size) {
  spans.resize(out_size);
  weights.clear();
  const float scale = length / out_size;
  const float support = std::max(scale, 1.0f);
  for (int i = 0; i < out_size; ++i) {
    const float center = begin + (i + 0.5f) * scale;
    // Round to the pixels whose centres are in reach; always at least one, also at the border.
    const int nearest = std::clamp(static_cast<int>(center), 0, in_size - 1);
    const int first = std::clamp(static_cast<int>(std::floor(center - support + 0.5f)), 0, nearest);
    const int last =
        std::clamp(static_cast<int>(std::floor(center + support + 0.5f)), nearest + 1, in_size);
    spans[i] = {first, last, static_cast<int64_t>(weights.size())};
    float sum = 0;
    for (int j = first; j < last; ++j) {
      const float weight = std::max(0.0f, 1.0f - std::fabs(j + 0.5f - center) / support);
      weights.push_back(weight);
      sum += weight;
    }
    for (size_t k = spans[i].first_weight; k < weights.size(); ++k) weights[k] /= sum;
  }
}

void Resampler::Resample(const Image& in, const CropBox& box, int height, int width, Image* out) {
  const int channels = in.size.channels;
  rows_.Plan(in.size.height, box.top, box.height, height);
  columns_.Plan(in.size.width, box.left, box.width, width);
  out->Resize({height, width, channels});
  const int first = columns_.spans.front().begin * channels;
  const int last = columns_.spans.back().end * channels;
  line_.resize(static_cast<size_t>(in.size.width) * channels);
  for (int y = 0; y < height; ++y) {
    const Span& rows = rows_.spans[y];
    std::fill(line_.begin() + first, line_.begin() + last, 0.0f);
    for (int j = rows.begin; j < rows.end; ++j) {
      const float weight = rows_.weights[rows.first_weight + j - rows.begin];
      const uint8_t* row = in.At(j, 0);
      for (int k = first; k < last; ++k) line_[k] += weight * row[k];
    }
    for (int x = 0; x < width; ++x) {
      const Span& columns = columns_.spans[x];
      const float* weights = &columns_.weights[columns.first_weight];
      uint8_t* pixel = out->At(y, x);
      for (int c = 0; c < channels; ++c) {
        float sum = 0;
        for (int j = columns.begin; j < columns.end; ++j) {
          sum += weights[j - columns.begin] * line_[j * channels + c];
        }
        pixel[c] = static_cast<uint8_t>(std::clamp(sum + 0.5f, 0.0f, 255.0f));
      }
    }
  }
}

}  // namespace slim
