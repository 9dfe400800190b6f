#include "data/idx.h"

#include <zlib.h>

#include <filesystem>
#include <string>

#include "gtest/gtest.h"
#include "tests/data/data_support.h"

namespace slim {
namespace {

// Three images of 2x4 with bytes 0, 1, 2, ..., labels 7, 0, 9.
const Bytes kImages = {0, 0, 8, 3, 0, 0, 0,  3,  0,  0,  0,  2,  0,  0,  0,  4,  0,  1,  2,  3,
                       4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23};
const Bytes kLabels = {0, 0, 8, 1, 0, 0, 0, 3, 7, 0, 9};

Bytes Gzip(const Bytes& bytes) {
  Bytes packed(bytes.size() + 100);
  z_stream stream = {};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  stream.next_in = const_cast<Bytef*>(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = packed.data();
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

class Idx : public testing::Test {
 protected:
  void Write(const Bytes& images, const Bytes& labels, const std::string& suffix = "") {
    WriteBytes(images_ + suffix, images);
    WriteBytes(labels_ + suffix, labels);
  }
  void ExpectRefused(const std::vector<std::string>& parts) {
    ExpectError(ErrorKind::kBadInput, parts, [&] { ReadIdx(folder_, Split::kTrain); });
  }

  const std::string folder_ = TestFolder();
  const std::string images_ = folder_ + "/train-images-idx3-ubyte";
  const std::string labels_ = folder_ + "/train-labels-idx1-ubyte";
};

void ExpectThreeImages(const Dataset& dataset) {
  ASSERT_EQ(dataset.size(), 3);
  EXPECT_EQ(dataset.image_size(), (ImageSize{2, 4, 1}));
  EXPECT_EQ(dataset.num_classes(), 10);
  EXPECT_EQ(dataset.class_names()[9], "9");
  EXPECT_EQ(dataset.Label(0), 7);
  EXPECT_EQ(dataset.Label(2), 9);
  Image image;
  dataset.Get(1, &image);
  EXPECT_EQ(image.size, (ImageSize{2, 4, 1}));
  EXPECT_EQ(image.pixels, Bytes({8, 9, 10, 11, 12, 13, 14, 15}));
}

TEST_F(Idx, ReadsPlainFiles) {
  Write(kImages, kLabels);
  ExpectThreeImages(*ReadIdx(folder_, Split::kTrain));
}

TEST_F(Idx, ReadsCompressedFiles) {
  Write(Gzip(kImages), Gzip(kLabels), ".gz");
  ExpectThreeImages(*ReadIdx(folder_, Split::kTrain));
}

TEST_F(Idx, TheTestHalfHasItsOwnFiles) {
  WriteBytes(folder_ + "/t10k-images-idx3-ubyte.gz", Gzip(kImages));
  WriteBytes(folder_ + "/t10k-labels-idx1-ubyte", kLabels);
  ExpectThreeImages(*ReadIdx(folder_, Split::kTest));
  ExpectRefused({images_, "no such file"});
}

TEST_F(Idx, RefusesEveryTruncation) {
  for (size_t length = 0; length < kImages.size(); ++length) {
    Write(Bytes(kImages.begin(), kImages.begin() + length), kLabels);
    ExpectRefused({images_, "byte "});
  }
  for (size_t length = 0; length < kLabels.size(); ++length) {
    Write(kImages, Bytes(kLabels.begin(), kLabels.begin() + length));
    ExpectRefused({labels_, "byte "});
  }
}

TEST_F(Idx, RefusesEveryTruncationOfCompressedFiles) {
  const Bytes images = Gzip(kImages), labels = Gzip(kLabels);
  for (size_t length = 0; length < images.size(); ++length) {
    Write(Bytes(images.begin(), images.begin() + length), labels, ".gz");
    ExpectRefused({images_ + ".gz"});
  }
  for (size_t length = 0; length < labels.size(); ++length) {
    Write(images, Bytes(labels.begin(), labels.begin() + length), ".gz");
    ExpectRefused({labels_ + ".gz"});
  }
}

TEST_F(Idx, NeverTakesADamagedCompressedFileForAnother) {
  // A flipped bit of the gzip header may go unseen (time, system); then the content is what it was.
  const Bytes images = Gzip(kImages);
  int refused = 0;
  for (size_t bit = 0; bit < 8 * images.size(); ++bit) {
    Bytes damaged = images;
    damaged[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    Write(damaged, Gzip(kLabels), ".gz");
    try {
      ExpectThreeImages(*ReadIdx(folder_, Split::kTrain));
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kBadInput);
      ++refused;
    }
  }
  EXPECT_GT(refused, static_cast<int>(8 * (images.size() - 10)));
}

TEST_F(Idx, RefusesEveryWrongHeaderByte) {
  for (size_t at = 0; at < 16; ++at) {
    for (const int value : {1, 127, 128, 255}) {
      Bytes damaged = kImages;
      damaged[at] = static_cast<uint8_t>(damaged[at] ^ value);
      Write(damaged, kLabels);
      ExpectRefused({"byte "});
    }
  }
}

TEST_F(Idx, RefusesSizesThatTheFileCannotHold) {
  Bytes huge = kImages;
  for (int i = 4; i < 16; ++i) huge[i] = 255;  // 2^96 bytes
  Write(huge, kLabels);
  ExpectRefused({images_, "byte 4", "more than the file can hold"});
  std::filesystem::remove(images_);
  Write(Gzip(huge), Gzip(kLabels), ".gz");
  ExpectRefused({images_ + ".gz", "byte 4", "more than the file can hold"});
}

TEST_F(Idx, RefusesBytesAfterTheEnd) {
  Bytes longer = kImages;
  longer.push_back(1);
  Write(longer, kLabels);
  ExpectRefused({images_, "byte 40", "follow the last"});
  std::filesystem::remove(images_);
  Write(Gzip(longer), Gzip(kLabels), ".gz");
  ExpectRefused({images_ + ".gz", "byte 40", "follow the last"});
}

TEST_F(Idx, RefusesLabelsThatDoNotFit) {
  Bytes labels = kLabels;
  labels[9] = 10;
  Write(kImages, labels);
  ExpectRefused({labels_, "byte 9", "label 10", "10 classes"});
  EXPECT_EQ(ReadIdx(folder_, Split::kTrain, 11)->num_classes(), 11);
  Write(kImages, {0, 0, 8, 1, 0, 0, 0, 2, 7, 0});
  ExpectRefused({labels_, "2 labels for 3 images"});
  ExpectError(ErrorKind::kUsage, {"257 classes"}, [&] { ReadIdx(folder_, Split::kTrain, 257); });
}

}  // namespace
}  // namespace slim
