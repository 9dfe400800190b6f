#include "data/synthetic.h"

#include <cmath>
#include <set>
#include <thread>
#include <vector>

#include "core/random.h"
#include "gtest/gtest.h"
#include "tests/data/data_support.h"

namespace slim {
namespace {

Bytes Pixels(const Dataset& dataset, int64_t index) {
  Image image;
  dataset.Get(index, &image);
  EXPECT_EQ(image.size, (ImageSize{32, 32, 3}));
  return image.pixels;
}

TEST(Synthetic, HasTenBalancedClasses) {
  const SyntheticDataset dataset(1, 40, Split::kTrain);
  EXPECT_EQ(dataset.size(), 40);
  EXPECT_EQ(dataset.num_classes(), 10);
  std::vector<int> count(10);
  for (int64_t i = 0; i < 40; ++i) ++count[dataset.Label(i)];
  EXPECT_EQ(count, std::vector<int>(10, 4));
}

TEST(Synthetic, AnImageDependsOnSeedSplitAndIndexAlone) {
  const SyntheticDataset dataset(1, 100, Split::kTrain);
  const SyntheticDataset longer(1, 200, Split::kTrain);
  const Bytes first = Pixels(dataset, 42);
  EXPECT_EQ(Pixels(dataset, 42), first);
  EXPECT_EQ(Pixels(longer, 42), first);
  EXPECT_NE(Pixels(dataset, 52), first);
  EXPECT_NE(Pixels(SyntheticDataset(2, 100, Split::kTrain), 42), first);
  EXPECT_NE(Pixels(SyntheticDataset(1, 100, Split::kTest), 42), first);
}

TEST(Synthetic, ImagesAreAllDifferent) {
  const SyntheticDataset train(7, 500, Split::kTrain), test(7, 500, Split::kTest);
  std::set<Bytes> seen;
  for (int64_t i = 0; i < 500; ++i) {
    seen.insert(Pixels(train, i));
    seen.insert(Pixels(test, i));
  }
  EXPECT_EQ(seen.size(), 1000u);
}

TEST(Synthetic, SaysNothingByItsMeanImage) {
  // The mean over many images of a class is almost that of another class: what a linear classifier
  // sees.
  const SyntheticDataset dataset(3, 4000, Split::kTrain);
  std::vector<double> mean(2 * 3072);
  Image image;
  for (int64_t i = 0; i < dataset.size(); ++i) {
    if (dataset.Label(i) > 1) continue;
    dataset.Get(i, &image);
    for (int p = 0; p < 3072; ++p) mean[dataset.Label(i) * 3072 + p] += image.pixels[p] / 400.0;
  }
  double difference = 0;
  for (int p = 0; p < 3072; ++p) difference += std::abs(mean[p] - mean[3072 + p]) / 3072;
  EXPECT_LT(difference, 10);
}

TEST(Synthetic, ManyThreadsSeeTheSame) {
  const SyntheticDataset dataset(5, 64, Split::kTrain);
  std::vector<Bytes> alone, together(64);
  for (int64_t i = 0; i < 64; ++i) alone.push_back(Pixels(dataset, i));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int64_t i = t; i < 64; i += 4) together[i] = Pixels(dataset, i);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(together, alone);
}

}  // namespace
}  // namespace slim
