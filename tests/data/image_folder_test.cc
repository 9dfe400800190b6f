#include "data/image_folder.h"

#include <filesystem>
#include <string>

#include "gtest/gtest.h"
#include "tests/data/data_support.h"
#include "tests/data/image_support.h"

namespace slim {
namespace {

Image Filled(int height, int width, int channels, uint8_t value) {
  Image image;
  image.Resize({height, width, channels});
  image.pixels.assign(image.pixels.size(), value);
  return image;
}

class Folder : public testing::Test {
 protected:
  Folder() {
    WriteBytes(root_ + "/train/dog/b.PNG", Png(Filled(4, 8, 3, 20)));
    WriteBytes(root_ + "/train/dog/a.jpg", Jpeg());
    WriteBytes(root_ + "/train/cat/z.png", Png(Filled(3, 3, 1, 90)));
    WriteBytes(root_ + "/train/cat/notes.txt", {1});
    WriteBytes(root_ + "/train/.hidden/x.png", {1});
    WriteBytes(root_ + "/val/dog/1.jpeg", Jpeg());
  }
  void ExpectRefused(Split split, const std::vector<std::string>& parts) {
    ExpectError(ErrorKind::kBadInput, parts, [&] { ImageFolder(root_, split, 4); });
  }

  const std::string root_ = TestFolder();
};

TEST_F(Folder, SortsClassesAndFiles) {
  const ImageFolder folder(root_, Split::kTrain, 2);
  EXPECT_EQ(folder.class_names(), std::vector<std::string>({"cat", "dog"}));
  ASSERT_EQ(folder.size(), 3);
  EXPECT_EQ(folder.image_size(), (ImageSize{2, 2, 3}));
  const int labels[] = {0, 1, 1}, values[] = {90, 168, 20};
  Image image;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(folder.Label(i), labels[i]);
    folder.Get(i, &image);
    EXPECT_EQ(image.size, (ImageSize{2, 2, 3}));
    EXPECT_EQ(image.pixels, Bytes(12, static_cast<uint8_t>(values[i])));
  }
}

TEST_F(Folder, TheTestHalfHasTheSameLabels) {
  const ImageFolder val(root_, Split::kTest, 4);
  ASSERT_EQ(val.size(), 1);
  EXPECT_EQ(val.Label(0), 1);
  EXPECT_EQ(val.num_classes(), 2);
  WriteBytes(root_ + "/test/cat/1.jpg", Jpeg());  // test goes before val
  EXPECT_EQ(ImageFolder(root_, Split::kTest, 4).Label(0), 0);
}

TEST_F(Folder, WithoutASideKeepsSizes) {
  const ImageFolder folder(root_, Split::kTrain, 0);
  EXPECT_FALSE(folder.image_size().fixed());
  EXPECT_EQ(folder.image_size().channels, 3);
  Image image;
  folder.Get(2, &image);
  EXPECT_EQ(image.size, (ImageSize{4, 8, 3}));
}

TEST_F(Folder, CutsTheMiddle) {
  Image wide;
  wide.Resize({2, 6, 1});
  wide.pixels = {0, 0, 10, 20, 0, 0, 0, 0, 30, 40, 0, 0};
  WriteBytes(root_ + "/train/cat/z.png", Png(wide));
  Image image;
  ImageFolder(root_, Split::kTrain, 2).Get(0, &image);
  EXPECT_EQ(image.pixels, Bytes({10, 10, 10, 20, 20, 20, 30, 30, 30, 40, 40, 40}));
}

TEST_F(Folder, ABrokenImageIsNamedWhenItIsRead) {
  WriteBytes(root_ + "/train/dog/a.jpg", {0xff, 0xd8, 0xff});
  const ImageFolder folder(root_, Split::kTrain, 4);
  Image image;
  folder.Get(0, &image);
  ExpectError(ErrorKind::kBadInput, {root_ + "/train/dog/a.jpg", "cut off"},
              [&] { folder.Get(1, &image); });
}

TEST_F(Folder, RefusesClassesThatDoNotFit) {
  WriteBytes(root_ + "/val/fish/1.jpg", Jpeg());
  ExpectRefused(Split::kTest, {root_ + "/val/fish", "'fish'"});
  std::filesystem::remove(root_ + "/train/cat/z.png");
  ExpectRefused(Split::kTrain, {root_ + "/train/cat", "no .jpg"});
}

TEST_F(Folder, RefusesMissingFolders) {
  std::filesystem::remove_all(root_ + "/val");
  ExpectRefused(Split::kTest, {root_ + "/val", "ROOT/test/CLASS"});
  std::filesystem::remove_all(root_ + "/train");
  ExpectRefused(Split::kTrain, {root_ + "/train", "ROOT/train/CLASS"});
  std::filesystem::create_directory(root_ + "/train");
  ExpectRefused(Split::kTrain, {root_ + "/train", "no folder of a class"});
}

}  // namespace
}  // namespace slim
