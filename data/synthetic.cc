#include "data/synthetic.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "core/random.h"

namespace slim {
namespace {

constexpr int kSide = 32;

struct Point {
  float x, y;
};

float Disk(Point p, float radius) { return std::sqrt(p.x * p.x + p.y * p.y) - radius; }

float Box(Point p, float half_width, float half_height) {
  return std::max(std::fabs(p.x) - half_width, std::fabs(p.y) - half_height);
}

float Triangle(Point p) {
  constexpr float kCos = 0.8660254f, kSin = 0.5f;
  return std::max({-p.y, kCos * p.x + kSin * p.y, -kCos * p.x + kSin * p.y}) - 0.5f;
}

float Star(Point p) {  // radius 0.6 + 0.35 cos(5 angle)
  const float radius = std::sqrt(p.x * p.x + p.y * p.y) + 1e-6f;
  const float c = p.x / radius;
  const float cos5 = ((16 * c * c - 20) * c * c + 5) * c;
  return 0.6f * (radius - 0.6f - 0.35f * cos5);
}

// Distance to the edge of a shape of about radius 1, below 0 inside. The order is that of
// class_names().
float Distance(int label, Point p) {
  switch (label) {
    case 0:
      return Disk(p, 0.9f);
    case 1:
      return std::fabs(Disk(p, 0.72f)) - 0.2f;
    case 2:
      return Box(p, 0.75f, 0.75f);
    case 3:
      return std::fabs(Box(p, 0.65f, 0.65f)) - 0.17f;
    case 4:
      return Triangle(p);
    case 5:
      return std::min(Box(p, 0.25f, 0.9f), Box(p, 0.9f, 0.25f));
    case 6:
      return Star(p);
    case 7:
      return std::max(Disk(p, 0.9f), -Disk({p.x - 0.45f, p.y}, 0.75f));
    case 8:
      return Box({std::min(std::fabs(p.x), std::fabs(std::fabs(p.x) - 0.65f)), p.y}, 0.18f, 0.85f);
    default:
      return std::min(Box({p.x - 0.45f, p.y - 0.45f}, 0.42f, 0.42f),
                      Box({p.x + 0.45f, p.y + 0.45f}, 0.42f, 0.42f));
  }
}

struct Color {
  float channel[3];
};

Color RandomColor(Random* random) {
  Color color;
  for (float& value : color.channel) value = random->Uniform(0, 255);
  return color;
}

float Difference(const Color& a, const Color& b) {
  float sum = 0;
  for (int c = 0; c < 3; ++c) sum += std::fabs(a.channel[c] - b.channel[c]);
  return sum;
}

// Everything that is random about one image, except the noise.
struct Scene {
  Color shape, ground,
      ground_slope;  // the slope is what is added from one end of the image to the other
  Point center, axis, slope_axis;
  float radius, noise;

  explicit Scene(Random* random) {
    ground = RandomColor(random);
    const Color other = RandomColor(random);
    for (int c = 0; c < 3; ++c) {
      ground_slope.channel[c] = 0.3f * (other.channel[c] - ground.channel[c]);
    }
    do {
      shape = RandomColor(random);
    } while (Difference(shape, ground) < 200);
    radius = random->Uniform(9, 14);
    const float margin = 0.85f * radius;
    center = {random->Uniform(margin, kSide - margin), random->Uniform(margin, kSide - margin)};
    const float angle = random->Uniform(-0.5f, 0.5f);
    axis = {std::cos(angle), std::sin(angle)};
    const float slope_angle = random->Uniform(0, 6.2831853f);
    slope_axis = {std::cos(slope_angle) / kSide, std::sin(slope_angle) / kSide};
    noise = random->Uniform(5, 30);
  }
};

}  // namespace

ImageSize SyntheticDataset::image_size() const { return {kSide, kSide, 3}; }

const std::vector<std::string>& SyntheticDataset::class_names() const {
  static const std::vector<std::string> names = {"disk",  "ring", "square",   "frame",   "triangle",
                                                 "cross", "star", "crescent", "stripes", "checker"};
  return names;
}

int SyntheticDataset::Label(int64_t index) const { return static_cast<int>(index % 10); }

void SyntheticDataset::Get(int64_t index, Image* image) const {
  Random random = Random::Derive(seed_, split_ == Split::kTest ? 1 : 0, index);
  const Scene scene(&random);
  const int label = Label(index);
  image->Resize(image_size());
  uint8_t* out = image->pixels.data();
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < kSide; ++x) {
      const Point from_center = {x + 0.5f - scene.center.x, y + 0.5f - scene.center.y};
      const Point p = {
          (scene.axis.x * from_center.x + scene.axis.y * from_center.y) / scene.radius,
          (scene.axis.x * from_center.y - scene.axis.y * from_center.x) / scene.radius};
      const float cover = std::clamp(0.5f - scene.radius * Distance(label, p), 0.0f, 1.0f);
      const float slope =
          scene.slope_axis.x * (x - kSide / 2) + scene.slope_axis.y * (y - kSide / 2);
      uint64_t bits = random.NextBits();
      for (int c = 0; c < 3; ++c, bits >>= 16) {
        const float ground = scene.ground.channel[c] + slope * scene.ground_slope.channel[c];
        const float color = ground + cover * (scene.shape.channel[c] - ground);
        // The sum of two bytes, centred and scaled to a triangle over [-1, 1].
        const float noise =
            (static_cast<float>((bits & 255) + ((bits >> 8) & 255)) - 255.0f) / 255.0f;
        *out++ = static_cast<uint8_t>(std::clamp(color + scene.noise * noise + 0.5f, 0.0f, 255.0f));
      }
    }
  }
}

}  // namespace slim
