#include "data/dataset.h"

#include "gtest/gtest.h"
#include "tests/data/data_support.h"

namespace slim {
namespace {

TEST(Subset, IsARangeOfItsBase) {
  const CountingDataset base(20, 2);
  const Subset subset(base, 5, 3);
  ASSERT_EQ(subset.size(), 3);
  EXPECT_EQ(subset.image_size(), base.image_size());
  EXPECT_EQ(subset.num_classes(), 7);
  EXPECT_EQ(subset.Label(0), 5);
  EXPECT_EQ(subset.Label(2), 0);
  Image image;
  subset.Get(1, &image);
  EXPECT_EQ(image.pixels, Bytes({6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17}));
}

TEST(Subset, IsAListOfIndices) {
  const CountingDataset base(20, 2);
  const Subset subset(base, {19, 0, 19});
  ASSERT_EQ(subset.size(), 3);
  Image image;
  for (const int i : {0, 2}) {
    subset.Get(i, &image);
    EXPECT_EQ(image.pixels[0], 19);
  }
  subset.Get(1, &image);
  EXPECT_EQ(image.pixels[0], 0);
}

TEST(Subset, MayBeEmptyOrAll) {
  const CountingDataset base(20, 2);
  EXPECT_EQ(Subset(base, 20, 0).size(), 0);
  EXPECT_EQ(Subset(base, 0, 20).size(), 20);
}

TEST(Subset, RefusesWhatIsOutsideItsBase) {
  const CountingDataset base(20, 2);
  ExpectError(ErrorKind::kUsage, {"18 + 3", "20 images"}, [&] { Subset(base, 18, 3); });
  ExpectError(ErrorKind::kUsage, {"20 images"}, [&] { Subset(base, -1, 3); });
  ExpectError(ErrorKind::kUsage, {"20 images"}, [&] { Subset(base, 1, -1); });
  ExpectError(ErrorKind::kUsage, {"20 images"}, [&] { Subset(base, 1, INT64_MAX); });
  ExpectError(ErrorKind::kUsage, {"image 20"}, [&] { Subset(base, {3, 20}); });
  ExpectError(ErrorKind::kUsage, {"image -1"}, [&] { Subset(base, {-1}); });
}

}  // namespace
}  // namespace slim
