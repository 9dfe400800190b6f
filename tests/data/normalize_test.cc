#include "data/normalize.h"

#include <cmath>
#include <vector>

#include "gtest/gtest.h"
#include "tests/data/data_support.h"

namespace slim {
namespace {

TEST(Normalizer, WithoutNumbersScalesToOne) {
  const Image image = Gray({{0, 51}, {102, 255}});
  float out[4];
  Normalizer({}, 1).Apply(image, out);
  EXPECT_FLOAT_EQ(out[0], 0.0f);
  EXPECT_FLOAT_EQ(out[1], 0.2f);
  EXPECT_FLOAT_EQ(out[2], 0.4f);
  EXPECT_FLOAT_EQ(out[3], 1.0f);
}

TEST(Normalizer, TakesEachChannelsOwnNumbers) {
  Image image;
  image.size = {1, 2, 3};
  image.pixels = {255, 255, 255, 0, 51, 102};
  float out[6];
  Normalizer({{0.5f, 0.0f, 0.4f}, {0.5f, 0.25f, 2.0f}}, 3).Apply(image, out);
  const float expected[6] = {1.0f, 4.0f, 0.3f, -1.0f, 0.8f, 0.0f};
  for (int i = 0; i < 6; ++i) EXPECT_NEAR(out[i], expected[i], 1e-6f) << i;
}

TEST(Normalizer, RefusesNumbersThatDoNotFit) {
  ExpectError(ErrorKind::kUsage, {"3 channels", "1 means"}, [] {
    Normalizer({{0.5f}, {1.0f}}, 3);
  });
  ExpectError(ErrorKind::kUsage, {"0 standard"}, [] { Normalizer({{0.5f}, {}}, 1); });
  ExpectError(ErrorKind::kUsage, {"channel 0"}, [] { Normalizer({{0.5f}, {0.0f}}, 1); });
  ExpectError(ErrorKind::kUsage, {"channel 0"}, [] { Normalizer({{NAN}, {1.0f}}, 1); });
}

TEST(Normalization, PresetsAreThePublishedOnes) {
  EXPECT_EQ(NormalizationPreset("cifar10").mean, std::vector<float>({0.485f, 0.456f, 0.406f}));
  EXPECT_EQ(NormalizationPreset("cifar10").std, std::vector<float>({0.229f, 0.224f, 0.225f}));
  EXPECT_EQ(NormalizationPreset("fashion-mnist").mean, std::vector<float>({0.2860f}));
  ExpectError(ErrorKind::kUsage, {"'cifar'", "cifar10"}, [] { NormalizationPreset("cifar"); });
}

TEST(Normalization, IsMeasuredOnTheFirstImages) {
  // Images 0 and 1 of one pixel: red 0 1, green 1 2, blue 2 3.
  const CountingDataset dataset(10, 1);
  const Normalization two = MeasureNormalization(dataset, 2);
  ASSERT_EQ(two.mean.size(), 3u);
  for (int c = 0; c < 3; ++c) {
    EXPECT_NEAR(two.mean[c] * 255, c + 0.5, 1e-5);
    EXPECT_NEAR(two.std[c] * 255, 0.5, 1e-5);
  }
  // All ten: 0..9, mean 4.5, variance 8.25.
  const Normalization all = MeasureNormalization(dataset, 1000);
  EXPECT_NEAR(all.mean[0] * 255, 4.5, 1e-5);
  EXPECT_NEAR(all.std[0] * 255, std::sqrt(8.25), 1e-5);
  // One image has no variation.
  EXPECT_EQ(MeasureNormalization(dataset, 1).std, std::vector<float>({1, 1, 1}));
}

}  // namespace
}  // namespace slim
