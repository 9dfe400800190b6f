#include "tools/compressed_images.h"

#include <algorithm>

#include "tools/percentile.h"
#include "tools/progress.h"

namespace slim {

CompressedImages::CompressedImages(const Dataset& base, PictureFormat format, int quality)
    : base_(base), format_(format), quality_(quality), files_(static_cast<size_t>(base.size())) {}

void CompressedImages::Get(int64_t index, Image* image) const {
  base_.Get(index, image);
  const double start = SecondsNow();
  const std::vector<uint8_t> bytes = EncodePicture(*image, format_, quality_);
  File& file = files_[static_cast<size_t>(index)];
  file.encode_ms = 1e3 * (SecondsNow() - start);
  file.bytes = static_cast<int64_t>(bytes.size());
  file.scan_bytes = format_ == PictureFormat::kJpeg ? JpegScanBytes(bytes) : 0;
  DecodePicture(bytes, format_, base_.image_size(), image);
}

double CompressedImages::Mean(int64_t File::*count) const {
  int64_t sum = 0, images = 0;
  for (const File& file : files_) {
    sum += file.*count;
    images += file.bytes > 0;
  }
  return images == 0 ? 0 : static_cast<double>(sum) / static_cast<double>(images);
}

double CompressedImages::MeanBytes() const { return Mean(&File::bytes); }
double CompressedImages::MeanScanBytes() const { return Mean(&File::scan_bytes); }

int64_t CompressedImages::MostBytes() const {
  int64_t most = 0;
  for (const File& file : files_) most = std::max(most, file.bytes);
  return most;
}

double CompressedImages::MedianEncodeMs() const {
  std::vector<double> times;
  for (const File& file : files_) {
    if (file.bytes > 0) times.push_back(file.encode_ms);
  }
  return Percentile(&times, 0.5);
}

}  // namespace slim
