#include "data/augment.h"

#include <algorithm>
#include <set>
#include <string>

#include "gtest/gtest.h"
#include "tests/data/data_support.h"

namespace slim {
namespace {

Image Apply(const std::string& recipe, uint64_t seed, Image image) {
  AugmentScratch scratch;
  Random random(seed);
  Augment(recipe).Apply(&random, &scratch, &image);
  return image;
}

Image Noise(int height, int width, int channels) {
  Image image;
  image.Resize({height, width, channels});
  Random random(9);
  for (uint8_t& pixel : image.pixels) pixel = static_cast<uint8_t>(1 + random.Below(255));
  return image;
}

TEST(Augment, AnEmptyRecipeChangesNothing) {
  const Image image = Noise(4, 5, 3);
  EXPECT_EQ(Apply("", 1, image).pixels, image.pixels);
}

TEST(Augment, TheSameRandomNumbersMakeTheSameImage) {
  const std::string recipe =
      "pad-crop:4,flip,random-resized-crop:12,cutout:3,color-jitter:0.4:0.4:0.4";
  const Image image = Noise(16, 16, 3);
  EXPECT_EQ(Apply(recipe, 5, image).pixels, Apply(recipe, 5, image).pixels);
  EXPECT_NE(Apply(recipe, 5, image).pixels, Apply(recipe, 6, image).pixels);
}

TEST(PadCrop, IsAShiftWithAZeroBorder) {
  const Image image = Noise(5, 6, 3);
  std::set<std::pair<int, int>> shifts;
  for (uint64_t seed = 0; seed < 400; ++seed) {
    const Image out = Apply("pad-crop:2", seed, image);
    ASSERT_EQ(out.size, image.size);
    int matches = 0;
    for (int down = -2; down <= 2; ++down) {
      for (int right = -2; right <= 2; ++right) {
        bool equal = true;
        for (int y = 0; y < 5; ++y) {
          for (int x = 0; x < 6; ++x) {
            const int v = y + down, u = x + right;
            const bool inside = v >= 0 && v < 5 && u >= 0 && u < 6;
            for (int c = 0; c < 3; ++c) {
              equal &= out.At(y, x)[c] == (inside ? image.At(v, u)[c] : 0);
            }
          }
        }
        if (equal) {
          ++matches;
          shifts.insert({down, right});
        }
      }
    }
    ASSERT_EQ(matches, 1) << seed;
  }
  EXPECT_EQ(shifts.size(), 25u);  // each of the 5 x 5 shifts occurs
}

TEST(PadCrop, MayLoseTheWholeImage) {
  const Image image = Noise(1, 1, 1);
  int lost = 0;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    lost += Apply("pad-crop:9", seed, image).pixels[0] == 0;
  }
  EXPECT_GT(lost, 40);
}

TEST(Flip, MirrorsEveryOtherTime) {
  const Image image = Gray({{1, 2, 3}, {4, 5, 6}});
  int flipped = 0;
  for (uint64_t seed = 0; seed < 1000; ++seed) {
    const Bytes out = Apply("flip", seed, image).pixels;
    const bool mirrored = out == Bytes({3, 2, 1, 6, 5, 4});
    EXPECT_TRUE(mirrored || out == image.pixels);
    flipped += mirrored;
  }
  EXPECT_NEAR(flipped, 500, 60);
  Image color;
  color.size = {1, 2, 3};
  color.pixels = {1, 2, 3, 4, 5, 6};
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const Bytes out = Apply("flip", seed, color).pixels;
    EXPECT_TRUE(out == color.pixels || out == Bytes({4, 5, 6, 1, 2, 3}));
  }
}

TEST(Cutout, PaintsASquareThatTheBorderMayCut) {
  const Image image = Gray(std::vector<Bytes>(8, Bytes(8, 7)));
  std::set<int64_t> areas;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    const Image out = Apply("cutout:4", seed, image);
    const int64_t gray = std::count(out.pixels.begin(), out.pixels.end(), 128);
    EXPECT_EQ(std::count(out.pixels.begin(), out.pixels.end(), 7), 64 - gray);
    areas.insert(gray);
  }
  // A centre at 0 leaves 2 of 4, at 1 leaves 3, at 7 leaves 3: sides 2, 3 or 4 each way.
  EXPECT_EQ(areas, std::set<int64_t>({4, 6, 8, 9, 12, 16}));
  EXPECT_EQ(Apply("cutout:100", 1, image).pixels, Bytes(64, 128));
}

TEST(ColorJitter, OfZeroChangesNothing) {
  const Image image = Noise(6, 5, 3);
  EXPECT_EQ(Apply("color-jitter:0:0:0", 1, image).pixels, image.pixels);
}

TEST(ColorJitter, DoesWhatItsNamesSay) {
  Image image;
  image.size = {1, 2, 3};
  image.pixels = {100, 100, 100, 60, 60, 60};
  for (uint64_t seed = 0; seed < 50; ++seed) {
    // Brightness keeps ratios, contrast keeps the mean, saturation keeps gray.
    const Bytes bright = Apply("color-jitter:0.5:0:0", seed, image).pixels;
    EXPECT_NEAR(bright[0] * 0.6, bright[3], 1);
    const Bytes contrast = Apply("color-jitter:0:0.5:0", seed, image).pixels;
    EXPECT_NEAR(contrast[0] + contrast[3], 160, 1);
    EXPECT_EQ(Apply("color-jitter:0:0:0.5", seed, image).pixels, image.pixels);
  }
  EXPECT_NE(Apply("color-jitter:0.5:0:0", 3, image).pixels, image.pixels);
  EXPECT_NE(Apply("color-jitter:0:0.5:0", 3, image).pixels, image.pixels);
  image.pixels = {200, 100, 50, 200, 100, 50};  // luma 124.2
  const Bytes out = Apply("color-jitter:0:0:0.5", 3, image).pixels;
  EXPECT_NE(out, image.pixels);
  const double factor = (out[0] - 124.2) / (200 - 124.2);
  EXPECT_NEAR((out[2] - 124.2) / (50 - 124.2), factor, 0.02);
}

TEST(RandomResizedCrop, CutsBoxesOfTheAskedArea) {
  // On an image whose values are its coordinates, what is cut can be read off: corners at the ends
  // of a gradient.
  Image ramp;
  ramp.Resize({200, 200, 1});
  for (int i = 0; i < 200 * 200; ++i) ramp.pixels[i] = static_cast<uint8_t>(i % 200);
  double least = 1, most = 0;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    const Image out = Apply("random-resized-crop:50:0.25", seed, ramp);
    ASSERT_EQ(out.size, (ImageSize{50, 50, 1}));
    const double width = (out.At(10, 49)[0] - out.At(10, 0)[0]) / 49.0 * 50 / 200;
    least = std::min(least, width);
    most = std::max(most, width);
  }
  // sqrt(area * aspect) is least sqrt(0.25 * 3/4) = 0.433, and at most 1.
  EXPECT_GT(least, 0.42);
  EXPECT_LT(least, 0.50);
  EXPECT_GT(most, 0.95);
  EXPECT_LT(most, 1.01);
}

TEST(RandomResizedCrop, OfAVeryLongImageTakesTheMiddle) {
  Image image;
  image.Resize({3, 300, 1});
  for (int i = 0; i < 900; ++i) image.pixels[i] = i % 300 < 140 || i % 300 >= 160 ? 0 : 255;
  // No box of the whole area has an allowed aspect: the middle 3x4 is taken.
  EXPECT_EQ(Apply("random-resized-crop:2:1", 1, image).pixels, Bytes({255, 255, 255, 255}));
}

TEST(CenterCrop, ScalesTheShorterSide) {
  const Image image = Gray({{9, 9, 20, 40, 9, 9}, {9, 9, 60, 80, 9, 9}});
  EXPECT_EQ(Apply("center-crop:2", 1, image).pixels, Bytes({20, 40, 60, 80}));
}

TEST(Augment, KnowsTheSizeOfItsResult) {
  EXPECT_EQ(Augment("pad-crop:4,flip").OutputSize({28, 28, 1}), (ImageSize{28, 28, 1}));
  EXPECT_EQ(Augment("center-crop:8,flip").OutputSize({0, 0, 3}), (ImageSize{8, 8, 3}));
  EXPECT_FALSE(Augment("flip").OutputSize({0, 0, 3}).fixed());
}

TEST(Augment, RefusesRecipesItDoesNotUnderstand) {
  const char* recipes[] = {"pad_crop:4",
                           "pad-crop",
                           "pad-crop:0",
                           "pad-crop:1.5",
                           "pad-crop:-1",
                           "pad-crop:4:4",
                           "pad-crop:four",
                           "pad-crop:4x",
                           "pad-crop:",
                           "flip:1",
                           "flip,",
                           ",flip",
                           "cutout:99999",
                           "cutout:nan",
                           "color-jitter:0.4",
                           "color-jitter:0.4:0.4:1.1",
                           "random-resized-crop:32:2",
                           "Flip"};
  for (const char* recipe : recipes) {
    ExpectError(ErrorKind::kUsage,
                {std::string("'") + recipe + "'", "pad-crop:PIXELS", "flip", "cutout:LENGTH",
                 "random-resized-crop:SIDE", "color-jitter:", "center-crop:"},
                [&] { Augment a(recipe); });
  }
}

}  // namespace
}  // namespace slim
