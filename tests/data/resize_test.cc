#include "data/resize.h"

#include <algorithm>
#include <cmath>

#include "core/random.h"
#include "gtest/gtest.h"
#include "tests/data/data_support.h"

namespace slim {
namespace {

Bytes Resampled(const Image& in, const CropBox& box, int height, int width) {
  Image out;
  Resampler().Resample(in, box, height, width, &out);
  EXPECT_EQ(out.size, (ImageSize{height, width, in.size.channels}));
  return out.pixels;
}

TEST(Resampler, TheSameSizeIsTheSameImage) {
  const Image in = Gray({{1, 200, 3}, {40, 5, 255}});
  EXPECT_EQ(Resampled(in, {0, 0, 2, 3}, 2, 3), in.pixels);
}

TEST(Resampler, ABoxOfWholePixelsIsCut) {
  const Image in = Gray({{1, 2, 3, 4}, {5, 6, 7, 8}, {9, 10, 11, 12}});
  EXPECT_EQ(Resampled(in, {1, 2, 2, 2}, 2, 2), Bytes({7, 8, 11, 12}));
}

TEST(Resampler, ShrinkingWeighsAllPixelsInReach) {
  // Scale 2: output 0 is centred on 1.0 and reaches pixels 0, 1, 2 with weights 3, 3, 1 (of 7).
  const Image in = Gray({{70, 140, 7, 210}});
  EXPECT_EQ(Resampled(in, {0, 0, 1, 4}, 1, 2), Bytes({91, 113}));  // 637 / 7, 791 / 7
}

TEST(Resampler, EnlargingInterpolates) {
  // Scale 1/2: centres 0.25, 0.75, 1.25, 1.75 between the pixel centres 0.5 and 1.5.
  const Image in = Gray({{0, 100}});
  EXPECT_EQ(Resampled(in, {0, 0, 1, 2}, 1, 4), Bytes({0, 25, 75, 100}));
  const Image column = Gray({{0}, {100}});
  EXPECT_EQ(Resampled(column, {0, 0, 2, 1}, 4, 1), Bytes({0, 25, 75, 100}));
}

TEST(Resampler, KeepsChannelsApart) {
  Image in;
  in.size = {1, 2, 3};
  in.pixels = {0, 10, 200, 100, 10, 0};
  EXPECT_EQ(Resampled(in, {0, 0, 1, 2}, 1, 1), Bytes({50, 10, 100}));
}

TEST(Resampler, AConstantStaysConstantAtAnySize) {
  Image in;
  in.Resize({7, 11, 3});
  std::fill(in.pixels.begin(), in.pixels.end(), uint8_t{77});
  Random random(3);
  for (int i = 0; i < 200; ++i) {
    const float height = random.Uniform(0.1f, 7), width = random.Uniform(0.1f, 11);
    const CropBox box = {random.Uniform(0, 7 - height), random.Uniform(0, 11 - width), height,
                         width};
    const Bytes out = Resampled(in, box, 1 + static_cast<int>(random.Below(20)),
                                1 + static_cast<int>(random.Below(20)));
    for (const uint8_t value : out) ASSERT_EQ(value, 77);
  }
}

TEST(Resampler, DoesNotAlias) {
  // A fine checkerboard becomes its mean, where picking pixels would give 0 or 255.
  Image in;
  in.Resize({64, 64, 1});
  for (int i = 0; i < 64 * 64; ++i) in.pixels[i] = (i / 64 + i) % 2 == 0 ? 255 : 0;
  for (const uint8_t value : Resampled(in, {0, 0, 64, 64}, 5, 5)) EXPECT_NEAR(value, 128, 3);
}

TEST(CenterSquare, IsTheMiddle) {
  const CropBox box = CenterSquare({10, 30, 3});
  EXPECT_EQ(box.top, 0);
  EXPECT_EQ(box.left, 10);
  EXPECT_EQ(box.height, 10);
  EXPECT_EQ(box.width, 10);
}

}  // namespace
}  // namespace slim
