#include "data/augment.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/error_host.h"

namespace slim {
namespace {

class PadCrop : public Transform {
 public:
  explicit PadCrop(int pad) : pad_(pad) {}

  void Apply(Random* random, AugmentScratch* scratch, Image* image) const override {
    const int down = static_cast<int>(random->Below(2 * pad_ + 1)) - pad_;
    const int right = static_cast<int>(random->Below(2 * pad_ + 1)) - pad_;
    const ImageSize size = image->size;
    Image& out = scratch->image;
    out.Resize(size);
    std::fill(out.pixels.begin(), out.pixels.end(), uint8_t{0});
    // What remains of a row: columns [begin, end) of the result, `right` further on in the old
    // image.
    const int begin = std::clamp(-right, 0, size.width);
    const int end = std::clamp(size.width - right, begin, size.width);
    for (int y = std::max(0, -down); y < std::min(size.height, size.height - down); ++y) {
      if (begin == end) break;
      memcpy(out.At(y, begin), image->At(y + down, begin + right),
             static_cast<size_t>(end - begin) * size.channels);
    }
    std::swap(out, *image);
  }

 private:
  int pad_;
};

class Flip : public Transform {
 public:
  void Apply(Random* random, AugmentScratch*, Image* image) const override {
    if (random->Below(2) == 0) return;
    const int channels = image->size.channels;
    for (int y = 0; y < image->size.height; ++y) {
      for (int x = 0; x < image->size.width / 2; ++x) {
        uint8_t* left = image->At(y, x);
        std::swap_ranges(left, left + channels, image->At(y, image->size.width - 1 - x));
      }
    }
  }
};

class RandomResizedCrop : public Transform {
 public:
  RandomResizedCrop(int side, float min_area) : side_(side), min_area_(min_area) {}

  ImageSize OutputSize(const ImageSize& in) const override { return {side_, side_, in.channels}; }

  void Apply(Random* random, AugmentScratch* scratch, Image* image) const override {
    scratch->resampler.Resample(*image, Choose(random, image->size), side_, side_, &scratch->image);
    std::swap(scratch->image, *image);
  }

 private:
  static constexpr float kMaxAspect = 4.0f / 3.0f;

  // Ten tries for a box that fits; then the largest box in the middle whose aspect is allowed.
  CropBox Choose(Random* random, const ImageSize& size) const {
    const float height = static_cast<float>(size.height), width = static_cast<float>(size.width);
    for (int tries = 0; tries < 10; ++tries) {
      const float area = height * width * random->Uniform(min_area_, 1.0f);
      const float limit = std::log(kMaxAspect);
      const float aspect = std::exp(random->Uniform(-limit, limit));
      const float box_width = std::round(std::sqrt(area * aspect));
      const float box_height = std::round(std::sqrt(area / aspect));
      if (box_width < 1 || box_height < 1 || box_width > width || box_height > height) continue;
      const float top =
          static_cast<float>(random->Below(size.height - static_cast<int>(box_height) + 1));
      const float left =
          static_cast<float>(random->Below(size.width - static_cast<int>(box_width) + 1));
      return {top, left, box_height, box_width};
    }
    const float box_height = std::min(height, std::round(width * kMaxAspect));
    const float box_width = std::min(width, std::round(height * kMaxAspect));
    return {(height - box_height) / 2, (width - box_width) / 2, box_height, box_width};
  }

  int side_;
  float min_area_;
};

class CenterCrop : public Transform {
 public:
  explicit CenterCrop(int side) : side_(side) {}

  ImageSize OutputSize(const ImageSize& in) const override { return {side_, side_, in.channels}; }

  void Apply(Random*, AugmentScratch* scratch, Image* image) const override {
    scratch->resampler.Resample(*image, CenterSquare(image->size), side_, side_, &scratch->image);
    std::swap(scratch->image, *image);
  }

 private:
  int side_;
};

class Cutout : public Transform {
 public:
  explicit Cutout(int length) : length_(length) {}

  void Apply(Random* random, AugmentScratch*, Image* image) const override {
    constexpr int kGray = 128;
    const ImageSize& size = image->size;
    const int top = static_cast<int>(random->Below(size.height)) - length_ / 2;
    const int left = static_cast<int>(random->Below(size.width)) - length_ / 2;
    const int begin = std::max(left, 0), end = std::min(left + length_, size.width);
    for (int y = std::max(top, 0); y < std::min(top + length_, size.height); ++y) {
      memset(image->At(y, begin), kGray, static_cast<size_t>(end - begin) * size.channels);
    }
  }

 private:
  int length_;
};

// Gray of a pixel as in ITU-R BT.601.
float Luma(const uint8_t* pixel, int channels) {
  if (channels == 1) return pixel[0];
  return 0.299f * pixel[0] + 0.587f * pixel[1] + 0.114f * pixel[2];
}

class ColorJitter : public Transform {
 public:
  ColorJitter(float brightness, float contrast, float saturation)
      : brightness_(brightness), contrast_(contrast), saturation_(saturation) {}

  // value * brightness, then away from the image's mean gray, then away from the pixel's own gray.
  void Apply(Random* random, AugmentScratch*, Image* image) const override {
    const float brightness = random->Uniform(1 - brightness_, 1 + brightness_);
    const float contrast = random->Uniform(1 - contrast_, 1 + contrast_);
    const float saturation = random->Uniform(1 - saturation_, 1 + saturation_);
    const int channels = image->size.channels;
    double sum = 0;
    for (size_t i = 0; i < image->pixels.size(); i += channels) {
      sum += Luma(&image->pixels[i], channels);
    }
    const float pixels = static_cast<float>(image->pixels.size() / channels);
    const float mean = brightness * static_cast<float>(sum) / pixels;
    const float scale = brightness * contrast;
    const float offset = (1 - contrast) * mean;
    for (size_t i = 0; i < image->pixels.size(); i += channels) {
      uint8_t* pixel = &image->pixels[i];
      const float gray = scale * Luma(pixel, channels) + offset;
      for (int c = 0; c < channels; ++c) {
        const float value = scale * pixel[c] + offset;
        pixel[c] = static_cast<uint8_t>(
            std::clamp(gray + saturation * (value - gray) + 0.5f, 0.0f, 255.0f));
      }
    }
  }

 private:
  float brightness_, contrast_, saturation_;
};

// One known change: its name, what its numbers must be, and how it is made of them.
struct Known {
  const char* name;
  const char* usage;
  size_t min_numbers, max_numbers;
  bool pixels;  // the first number is a whole number of pixels; all others are fractions
  std::shared_ptr<const Transform> (*make)(const std::vector<float>& numbers);
};

constexpr float kMaxPixels = 16384;

constexpr Known kKnown[] = {
    {"pad-crop", "pad-crop:PIXELS", 1, 1, true,
     [](const std::vector<float>& n) -> std::shared_ptr<const Transform> {
       return std::make_shared<PadCrop>(static_cast<int>(n[0]));
     }},
    {"flip", "flip", 0, 0, false,
     [](const std::vector<float>&) -> std::shared_ptr<const Transform> {
       return std::make_shared<Flip>();
     }},
    {"random-resized-crop", "random-resized-crop:SIDE[:LEAST_AREA]", 1, 2, true,
     [](const std::vector<float>& n) -> std::shared_ptr<const Transform> {
       return std::make_shared<RandomResizedCrop>(static_cast<int>(n[0]),
                                                  n.size() > 1 ? n[1] : 0.08f);
     }},
    {"cutout", "cutout:LENGTH", 1, 1, true,
     [](const std::vector<float>& n) -> std::shared_ptr<const Transform> {
       return std::make_shared<Cutout>(static_cast<int>(n[0]));
     }},
    {"color-jitter", "color-jitter:BRIGHTNESS:CONTRAST:SATURATION", 3, 3, false,
     [](const std::vector<float>& n) -> std::shared_ptr<const Transform> {
       return std::make_shared<ColorJitter>(n[0], n[1], n[2]);
     }},
    {"center-crop", "center-crop:SIDE", 1, 1, true,
     [](const std::vector<float>& n) -> std::shared_ptr<const Transform> {
       return std::make_shared<CenterCrop>(static_cast<int>(n[0]));
     }},
};

std::vector<std::string> SplitAt(const std::string& text, char separator) {
  std::vector<std::string> parts;
  size_t begin = 0;
  for (size_t end; (end = text.find(separator, begin)) != std::string::npos; begin = end + 1) {
    parts.push_back(text.substr(begin, end - begin));
  }
  parts.push_back(text.substr(begin));
  return parts;
}

[[noreturn]] void Refuse(const std::string& recipe, const std::string& part,
                         const std::string& why) {
  std::string message = "augmentation '" + recipe + "': '" + part + "' " + why + "; known are";
  for (const Known& known : kKnown) message += std::string(" ") + known.usage;
  throw UsageError(message);
}

std::shared_ptr<const Transform> Parse(const std::string& recipe, const std::string& part) {
  const std::vector<std::string> words = SplitAt(part, ':');
  const Known* known = std::find_if(std::begin(kKnown), std::end(kKnown),
                                    [&](const Known& k) { return words[0] == k.name; });
  if (known == std::end(kKnown)) Refuse(recipe, part, "is unknown");
  std::vector<float> numbers;
  for (size_t i = 1; i < words.size(); ++i) {
    float value = 0;
    const char* end = words[i].data() + words[i].size();
    const std::from_chars_result result = std::from_chars(words[i].data(), end, value);
    if (result.ec != std::errc() || result.ptr != end) Refuse(recipe, part, "has no number there");
    const bool pixels = known->pixels && i == 1;
    const bool in_range = pixels ? value >= 1 && value <= kMaxPixels && value == std::floor(value)
                                 : value >= 0 && value <= 1;
    if (!in_range) Refuse(recipe, part, "has a number out of range");
    numbers.push_back(value);
  }
  if (numbers.size() < known->min_numbers || numbers.size() > known->max_numbers) {
    Refuse(recipe, part, "has too few or too many numbers");
  }
  return known->make(numbers);
}

}  // namespace

Augment::Augment(const std::string& recipe) {
  if (recipe.empty()) return;
  for (const std::string& part : SplitAt(recipe, ',')) transforms_.push_back(Parse(recipe, part));
}

ImageSize Augment::OutputSize(ImageSize in) const {
  for (const auto& transform : transforms_) in = transform->OutputSize(in);
  return in;
}

void Augment::Apply(Random* random, AugmentScratch* scratch, Image* image) const {
  for (const auto& transform : transforms_) transform->Apply(random, scratch, image);
}

}  // namespace slim
