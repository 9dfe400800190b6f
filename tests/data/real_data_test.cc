// The published data sets themselves, in the folder that SLIMSPLIT_DATA names.
#include <stdlib.h>

#include <filesystem>
#include <string>

#include "data/image_file.h"
#include "data/normalize.h"
#include "data/open.h"
#include "gtest/gtest.h"

namespace slim {
namespace {

// What SLIMSPLIT_DATA holds under `name`, or empty.
std::string Find(const std::string& name) {
  const char* root = getenv("SLIMSPLIT_DATA");
  if (root == nullptr) return "";
  const std::string path = std::string(root) + "/" + name;
  return std::filesystem::exists(path) ? path : "";
}

TEST(RealData, FashionMnistHasItsPublishedMoments) {
  const std::string folder = Find("fashion-mnist");
  if (folder.empty()) GTEST_SKIP() << "no fashion-mnist in the folder SLIMSPLIT_DATA";
  const auto train = OpenDataset("idx:" + folder, Split::kTrain);
  EXPECT_EQ(train->size(), 60000);
  EXPECT_EQ(train->image_size(), (ImageSize{28, 28, 1}));
  EXPECT_EQ(train->Label(0), 9);
  const Normalization measured = MeasureNormalization(*train, train->size());
  const Normalization published = NormalizationPreset("fashion-mnist");
  EXPECT_NEAR(measured.mean[0], published.mean[0], 1e-4);
  EXPECT_NEAR(measured.std[0], published.std[0], 1e-4);
  const auto test = OpenDataset("idx:" + folder, Split::kTest);
  ASSERT_EQ(test->size(), 10000);
  int count[10] = {};
  for (int64_t i = 0; i < test->size(); ++i) ++count[test->Label(i)];
  for (const int images : count) EXPECT_EQ(images, 1000);
}

TEST(RealData, Cifar10HasItsPublishedMoments) {
  const std::string folder = Find("cifar-10-batches-bin");
  if (folder.empty()) GTEST_SKIP() << "no cifar-10-batches-bin in the folder SLIMSPLIT_DATA";
  const auto train = OpenDataset("cifar10:" + folder, Split::kTrain);
  const Normalization measured = MeasureNormalization(*train, train->size());
  const double mean[] = {0.4914, 0.4822, 0.4465}, std[] = {0.2470, 0.2435, 0.2616};
  for (int c = 0; c < 3; ++c) {
    EXPECT_NEAR(measured.mean[c], mean[c], 1e-4);
    EXPECT_NEAR(measured.std[c], std[c], 1e-4);
  }
}

TEST(RealData, KodakImagesAreDecoded) {
  const std::string folder = Find("kodak");
  if (folder.empty()) GTEST_SKIP() << "no kodak in the folder SLIMSPLIT_DATA";
  int images = 0;
  Image image;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".png") continue;
    ReadImageFile(entry.path().string(), &image);
    EXPECT_EQ(image.size.bytes(), 768 * 512 * 3);
    ++images;
  }
  EXPECT_EQ(images, 24);
}

}  // namespace
}  // namespace slim
