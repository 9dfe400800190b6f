#include "data/cifar.h"

#include <filesystem>
#include <string>

#include "gtest/gtest.h"
#include "tests/data/data_support.h"

namespace slim {
namespace {

// `records` records whose label is i modulo 10 (coarse: modulo 20), and whose bytes are (i + plane
// + pixel) modulo 256.
Bytes Records(int64_t records, int label_bytes) {
  Bytes bytes;
  bytes.reserve(static_cast<size_t>(records * (label_bytes + 3072)));
  for (int64_t i = 0; i < records; ++i) {
    if (label_bytes == 2) bytes.push_back(static_cast<uint8_t>(i % 20));
    bytes.push_back(static_cast<uint8_t>(i % (label_bytes == 2 ? 100 : 10)));
    for (int plane = 0; plane < 3; ++plane) {
      for (int p = 0; p < 1024; ++p) bytes.push_back(static_cast<uint8_t>(i + plane + p));
    }
  }
  return bytes;
}

void ExpectRecord(const Dataset& dataset, int64_t index) {
  Image image;
  dataset.Get(index, &image);
  ASSERT_EQ(image.size, (ImageSize{32, 32, 3}));
  for (const int y : {0, 5, 31}) {
    for (const int x : {0, 7, 31}) {
      for (int c = 0; c < 3; ++c) {
        EXPECT_EQ(image.At(y, x)[c], static_cast<uint8_t>(index + c + 32 * y + x));
      }
    }
  }
}

TEST(Cifar10, TestBatchIsReadInOrder) {
  const std::string folder = TestFolder();
  WriteBytes(folder + "/test_batch.bin", Records(10000, 1));
  const auto dataset = ReadCifar10(folder, Split::kTest);
  ASSERT_EQ(dataset->size(), 10000);
  EXPECT_EQ(dataset->image_size(), (ImageSize{32, 32, 3}));
  EXPECT_EQ(dataset->num_classes(), 10);
  EXPECT_EQ(dataset->class_names()[3], "cat");
  EXPECT_EQ(dataset->Label(9999), 9);
  for (const int64_t i : {0, 1, 4567, 9999}) ExpectRecord(*dataset, i);
  std::filesystem::remove_all(folder);
}

TEST(Cifar10, TrainingBatchesFollowEachOther) {
  const std::string folder = TestFolder();
  for (int i = 1; i <= 5; ++i) {
    const std::string path = folder + "/data_batch_" + std::to_string(i) + ".bin";
    WriteBytes(path, {static_cast<uint8_t>(i), 50});  // a label and a pixel; all others are 0
    std::filesystem::resize_file(path, 30730000);
  }
  const auto dataset = ReadCifar10(folder, Split::kTrain);
  ASSERT_EQ(dataset->size(), 50000);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(dataset->Label(10000 * i), i + 1);
  Image image;
  dataset->Get(40000, &image);
  EXPECT_EQ(image.pixels[0], 50);
  std::filesystem::remove_all(folder);
}

TEST(Cifar100, UsesTheFineLabel) {
  const std::string folder = TestFolder();
  WriteBytes(folder + "/test.bin", Records(10000, 2));
  const auto dataset = ReadCifar100(folder, Split::kTest);
  ASSERT_EQ(dataset->size(), 10000);
  EXPECT_EQ(dataset->num_classes(), 100);
  EXPECT_EQ(dataset->class_names()[0], "apple");
  EXPECT_EQ(dataset->class_names()[99], "worm");
  EXPECT_EQ(dataset->Label(57), 57);
  EXPECT_EQ(dataset->Label(9999), 99);
  for (const int64_t i : {0, 9999}) ExpectRecord(*dataset, i);
  std::filesystem::remove_all(folder);
}

TEST(Cifar10, RefusesAFileOfAnotherSize) {
  const std::string folder = TestFolder(), path = folder + "/test_batch.bin";
  WriteBytes(path, {});
  for (const int64_t size : {0, 1, 3073, 30729999, 30726927, 30730001, 30733073}) {
    std::filesystem::resize_file(path, size);
    ExpectError(ErrorKind::kBadInput,
                {path, std::to_string(size) + " bytes", "30730000", "download"},
                [&] { ReadCifar10(folder, Split::kTest); });
  }
  std::filesystem::remove_all(folder);
}

TEST(Cifar10, RefusesALabelOutOfRange) {
  const std::string folder = TestFolder(), path = folder + "/test_batch.bin";
  Bytes bytes = Records(10000, 1);
  bytes[3073 * 1234] = 10;
  WriteBytes(path, bytes);
  ExpectError(ErrorKind::kBadInput, {path, "byte 3792082", "record 1234", "label 10", "below 10"},
              [&] { ReadCifar10(folder, Split::kTest); });
  std::filesystem::remove_all(folder);
}

TEST(Cifar100, RefusesLabelsOutOfRange) {
  const std::string folder = TestFolder(), path = folder + "/test.bin";
  Bytes bytes = Records(10000, 2);
  bytes[3074 * 9999 + 1] = 100;
  WriteBytes(path, bytes);
  ExpectError(ErrorKind::kBadInput, {path, "byte 30736927", "label 100", "below 100"},
              [&] { ReadCifar100(folder, Split::kTest); });
  bytes[3074 * 5] = 20;
  WriteBytes(path, bytes);
  ExpectError(ErrorKind::kBadInput, {path, "byte 15370 ", "label 20", "below 20"},
              [&] { ReadCifar100(folder, Split::kTest); });
  std::filesystem::remove_all(folder);
}

TEST(Cifar10, NamesTheMissingFile) {
  const std::string folder = TestFolder();
  ExpectError(ErrorKind::kBadInput, {folder + "/data_batch_1.bin", "no such file", "download"},
              [&] { ReadCifar10(folder, Split::kTrain); });
  std::filesystem::create_directory(folder + "/test_batch.bin");
  ExpectError(ErrorKind::kBadInput, {folder + "/test_batch.bin"},
              [&] { ReadCifar10(folder, Split::kTest); });
}

}  // namespace
}  // namespace slim
