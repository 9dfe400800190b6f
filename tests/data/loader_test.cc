#include "data/loader.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "tests/data/data_support.h"

namespace slim {
namespace {

struct CopiedBatch {
  std::vector<float> images;
  std::vector<int32_t> labels;
  int64_t index, first;
  bool operator==(const CopiedBatch& other) const {
    return images == other.images && labels == other.labels && index == other.index &&
           first == other.first;
  }
};

std::vector<CopiedBatch> Drain(Loader* loader) {
  std::vector<CopiedBatch> batches;
  while (const Batch* batch = loader->Next()) {
    batches.push_back({batch->images, batch->labels, batch->index, batch->first});
  }
  return batches;
}

LoaderOptions Options(int64_t batch_size, int threads = 1, int prefetch = 2) {
  LoaderOptions options;
  options.batch_size = batch_size;
  options.seed = 11;
  options.augment = Augment("pad-crop:2,flip,cutout:3,color-jitter:0.3:0.3:0.3");
  options.normalization = {{0.5f, 0.5f, 0.5f}, {0.25f, 0.25f, 0.25f}};
  options.threads = threads;
  options.prefetch = prefetch;
  return options;
}

TEST(Loader, WithoutShufflingGoesInOrder) {
  const CountingDataset dataset(5, 1);
  LoaderOptions options;
  options.batch_size = 2;
  options.shuffle = false;
  Loader loader(dataset, options);
  EXPECT_EQ(loader.batches_per_epoch(), 3);
  EXPECT_EQ(loader.Next(), nullptr);
  loader.StartEpoch(0);
  const Batch* batch = loader.Next();
  ASSERT_NE(batch, nullptr);
  EXPECT_EQ(batch->shape, Shape(2, 1, 1, 3));
  EXPECT_EQ(batch->labels, std::vector<int32_t>({0, 1}));
  // Pixels 0 1 2 and 1 2 3, over 255.
  const std::vector<float> expected = {0, 1 / 255.f, 2 / 255.f, 1 / 255.f, 2 / 255.f, 3 / 255.f};
  EXPECT_EQ(batch->images, expected);
  batch = loader.Next();
  EXPECT_EQ(batch->index, 1);
  EXPECT_EQ(batch->first, 2);
  batch = loader.Next();
  ASSERT_NE(batch, nullptr);
  EXPECT_EQ(batch->shape, Shape(1, 1, 1, 3));
  EXPECT_EQ(batch->labels, std::vector<int32_t>({4}));
  EXPECT_EQ(loader.Next(), nullptr);
  EXPECT_EQ(loader.Next(), nullptr);
}

TEST(Loader, MayDropTheSmallLastBatch) {
  const CountingDataset dataset(5, 1);
  LoaderOptions options = Options(2);
  options.drop_last = true;
  Loader loader(dataset, options);
  EXPECT_EQ(loader.batches_per_epoch(), 2);
  loader.StartEpoch(0);
  EXPECT_EQ(Drain(&loader).size(), 2u);
}

TEST(Loader, AnEpochShowsEachImageOnce) {
  const CountingDataset dataset(100, 1);
  LoaderOptions options;
  options.batch_size = 7;
  Loader loader(dataset, options);
  std::vector<float> orders[2];
  for (int epoch = 0; epoch < 2; ++epoch) {
    loader.StartEpoch(epoch);
    for (const CopiedBatch& batch : Drain(&loader)) {
      for (size_t i = 0; i < batch.labels.size(); ++i) {
        const int image = static_cast<int>(batch.images[3 * i] * 255 + 0.5f);
        EXPECT_EQ(batch.labels[i], image % 7);
        orders[epoch].push_back(image);
      }
    }
    EXPECT_EQ(std::set<float>(orders[epoch].begin(), orders[epoch].end()).size(), 100u);
  }
  EXPECT_NE(orders[0], orders[1]);
}

TEST(Loader, ThreadsAndPrefetchChangeNothing) {
  const CountingDataset dataset(83, 8);
  Loader one(dataset, Options(5, 1, 1));
  one.StartEpoch(3);
  const std::vector<CopiedBatch> expected = Drain(&one);
  ASSERT_EQ(expected.size(), 17u);
  for (const int threads : {2, 3, 8}) {
    for (const int prefetch : {1, 3, 40}) {
      Loader many(dataset, Options(5, threads, prefetch));
      many.StartEpoch(3);
      EXPECT_TRUE(Drain(&many) == expected) << threads << " threads, prefetch " << prefetch;
    }
  }
}

TEST(Loader, ResumesInTheMiddleOfAnEpoch) {
  const CountingDataset dataset(83, 8);
  Loader unbroken(dataset, Options(5, 2));
  unbroken.StartEpoch(4);
  const std::vector<CopiedBatch> expected = Drain(&unbroken);
  Loader resumed(dataset, Options(5, 3));
  for (size_t k = 0; k <= expected.size(); ++k) {
    resumed.StartEpoch(4, k);
    EXPECT_TRUE(Drain(&resumed) == std::vector<CopiedBatch>(expected.begin() + k, expected.end()))
        << "from batch " << k;
  }
}

// Takes its time, so that batches are under way at every moment.
class SlowDataset : public CountingDataset {
 public:
  using CountingDataset::CountingDataset;
  void Get(int64_t index, Image* image) const override {
    std::this_thread::sleep_for(std::chrono::microseconds(100));
    CountingDataset::Get(index, image);
  }
};

TEST(Loader, StartsAnewWhateverWasUnderWay) {
  const SlowDataset dataset(60, 4);
  Loader loader(dataset, Options(3, 4, 6));
  loader.StartEpoch(9);
  const std::vector<CopiedBatch> expected = Drain(&loader);
  for (int taken = 0; taken < 10; ++taken) {
    loader.StartEpoch(taken);
    for (int i = 0; i < taken; ++i) ASSERT_NE(loader.Next(), nullptr);
    loader.StartEpoch(9);
    EXPECT_TRUE(Drain(&loader) == expected) << "after " << taken;
  }
}

TEST(Loader, SeedAndEpochChangeOrderAndAugmentation) {
  const CountingDataset dataset(20, 8);
  LoaderOptions options = Options(20);
  options.shuffle = false;
  Loader loader(dataset, options);
  loader.StartEpoch(0);
  const std::vector<CopiedBatch> first = Drain(&loader);
  loader.StartEpoch(1);
  EXPECT_NE(Drain(&loader)[0].images, first[0].images);
  options.seed = 12;
  Loader other(dataset, options);
  other.StartEpoch(0);
  EXPECT_NE(Drain(&other)[0].images, first[0].images);
}

TEST(Loader, CanBeDestroyedAtAnyMoment) {
  const CountingDataset dataset(200, 8);
  for (int taken = 0; taken < 40; ++taken) {
    Loader loader(dataset, Options(3, 1 + taken % 4, 1 + taken % 5));
    if (taken == 0) continue;
    loader.StartEpoch(0);
    for (int i = 1; i < taken; ++i) ASSERT_NE(loader.Next(), nullptr);
  }
}

TEST(Loader, RethrowsWhereTheBrokenImageIs) {
  const CountingDataset dataset(40, 2, 23);
  LoaderOptions options = Options(5, 3, 8);
  options.shuffle = false;
  Loader loader(dataset, options);
  for (int run = 0; run < 2; ++run) {
    loader.StartEpoch(0);
    for (int i = 0; i < 4; ++i) ASSERT_NE(loader.Next(), nullptr);  // images 0..19
    for (int i = 0; i < 3; ++i) {
      ExpectError(ErrorKind::kBadInput, {"image 23 is broken"}, [&] { loader.Next(); });
    }
  }
  loader.StartEpoch(0, 5);
  EXPECT_EQ(Drain(&loader).size(), 3u);
}

// A data set whose images have not the size it states.
class LyingDataset : public CountingDataset {
 public:
  LyingDataset() : CountingDataset(4, 2) {}
  ImageSize image_size() const override { return {2, 3, 3}; }
  void Get(int64_t, Image* image) const override {
    image->Resize({2, 2, 3});
    image->pixels.assign(12, 0);
  }
};

TEST(Loader, RefusesAnImageOfAnotherSize) {
  const LyingDataset dataset;
  LoaderOptions options;
  Loader loader(dataset, options);
  loader.StartEpoch(0);
  ExpectError(ErrorKind::kFailure, {"2x2x3"}, [&] { loader.Next(); });
}

class UnevenDataset : public CountingDataset {
 public:
  UnevenDataset() : CountingDataset(4, 2) {}
  ImageSize image_size() const override { return {0, 0, 3}; }
  void Get(int64_t index, Image* image) const override {
    image->Resize({static_cast<int>(2 + index), 5, 3});
    std::fill(image->pixels.begin(), image->pixels.end(), uint8_t{255});
  }
};

TEST(Loader, TakesUnevenImagesWhenAugmentationMakesThemEven) {
  const UnevenDataset dataset;
  ExpectError(ErrorKind::kUsage, {"differ in size"}, [&] { Loader(dataset, Options(2)); });
  LoaderOptions options;
  options.augment = Augment("center-crop:3");
  Loader loader(dataset, options);
  loader.StartEpoch(0);
  const Batch* batch = loader.Next();
  ASSERT_NE(batch, nullptr);
  EXPECT_EQ(batch->shape, Shape(4, 3, 3, 3));
  for (const float value : batch->images) EXPECT_EQ(value, 1);
}

TEST(Loader, RefusesOptionsThatMakeNoSense) {
  const CountingDataset dataset(4, 2), empty(0, 2);
  ExpectError(ErrorKind::kUsage, {"batch size 0"}, [&] { Loader(dataset, Options(0)); });
  ExpectError(ErrorKind::kUsage, {"threads 0"}, [&] { Loader(dataset, Options(1, 0)); });
  ExpectError(ErrorKind::kUsage, {"threads 65"}, [&] { Loader(dataset, Options(1, 65)); });
  ExpectError(ErrorKind::kUsage, {"prefetch 0"}, [&] { Loader(dataset, Options(1, 1, 0)); });
  ExpectError(ErrorKind::kUsage, {"0 images"}, [&] { Loader(empty, Options(1)); });
  LoaderOptions options = Options(5);
  options.drop_last = true;
  ExpectError(ErrorKind::kUsage, {"4 images", "batch of 5"}, [&] { Loader(dataset, options); });
  options = Options(2);
  options.normalization = {{0.5f}, {1.0f}};
  ExpectError(ErrorKind::kUsage, {"3 channels"}, [&] { Loader(dataset, options); });
  Loader loader(dataset, Options(2));
  ExpectError(ErrorKind::kUsage, {"batch 3"}, [&] { loader.StartEpoch(0, 3); });
  ExpectError(ErrorKind::kUsage, {"batch -1"}, [&] { loader.StartEpoch(0, -1); });
}

}  // namespace
}  // namespace slim
