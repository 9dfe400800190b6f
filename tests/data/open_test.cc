#include "data/open.h"

#include <string>

#include "gtest/gtest.h"
#include "tests/data/data_support.h"
#include "tests/data/image_support.h"

namespace slim {
namespace {

TEST(OpenDataset, MakesSyntheticSets) {
  EXPECT_EQ(OpenDataset("synthetic", Split::kTrain)->size(), 4096);
  const auto train = OpenDataset("synthetic:seed=5,size=100", Split::kTrain);
  const auto test = OpenDataset("synthetic:size=100,seed=5", Split::kTest);
  const auto other = OpenDataset("synthetic:seed=6,size=100", Split::kTrain);
  EXPECT_EQ(train->size(), 100);
  EXPECT_EQ(test->size(), 25);
  Image a, b;
  train->Get(0, &a);
  other->Get(0, &b);
  EXPECT_NE(a.pixels, b.pixels);
  test->Get(0, &b);
  EXPECT_NE(a.pixels, b.pixels);
}

TEST(OpenDataset, ReadsIdx) {
  const std::string folder = TestFolder();
  WriteBytes(folder + "/t10k-images-idx3-ubyte",
             {0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 5});
  WriteBytes(folder + "/t10k-labels-idx1-ubyte", {0, 0, 8, 1, 0, 0, 0, 1, 46});
  EXPECT_EQ(OpenDataset("idx:" + folder + ",classes=47", Split::kTest)->num_classes(), 47);
  ExpectError(ErrorKind::kBadInput, {"label 46"},
              [&] { OpenDataset("idx:" + folder, Split::kTest); });
}

TEST(OpenDataset, ReadsFolders) {
  const std::string folder = TestFolder();
  WriteBytes(folder + "/train/a/1.jpg", Jpeg());
  const auto dataset = OpenDataset("folder:" + folder + ",size=6", Split::kTrain);
  EXPECT_EQ(dataset->image_size(), (ImageSize{6, 6, 3}));
  EXPECT_FALSE(OpenDataset("folder:" + folder, Split::kTrain)->image_size().fixed());
}

TEST(OpenDataset, ReadsCifar) {
  const std::string folder = TestFolder();
  ExpectError(ErrorKind::kBadInput, {folder + "/data_batch_1.bin"},
              [&] { OpenDataset("cifar10:" + folder, Split::kTrain); });
  ExpectError(ErrorKind::kBadInput, {folder + "/test.bin"},
              [&] { OpenDataset("cifar100:" + folder, Split::kTest); });
}

TEST(OpenDataset, RefusesSpecsItDoesNotUnderstand) {
  const char* specs[] = {"",
                         "nonsense",
                         "nonsense:/",
                         "cifar10",
                         "cifar10:",
                         "cifar10:/,size=3",
                         "idx:/,classes=0",
                         "idx:/,classes=257",
                         "idx:/,classes=",
                         "idx:/,classes",
                         "idx:/,classes=1e9",
                         "folder:/,side=9",
                         "folder:/,size=0",
                         "synthetic:seed",
                         "synthetic:seed=-1",
                         "synthetic:size=3",
                         "synthetic:size=99999999999999999999",
                         "synthetic:images=5"};
  for (const char* spec : specs) {
    ExpectError(
        ErrorKind::kUsage,
        {"'" + std::string(spec) + "'", "synthetic", "cifar10:DIR", "idx:DIR", "folder:DIR"},
        [&] { OpenDataset(spec, Split::kTrain); });
  }
}

TEST(OpenDataset, NamesTheMissingFolder) {
  for (const std::string kind : {"cifar10", "cifar100", "idx", "folder"}) {
    ExpectError(ErrorKind::kBadInput, {"no folder", TestFolder() + "/absent"},
                [&] { OpenDataset(kind + ":" + TestFolder() + "/absent", Split::kTrain); });
  }
}

}  // namespace
}  // namespace slim
