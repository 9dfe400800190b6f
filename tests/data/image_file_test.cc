#include "data/image_file.h"

#include <string>

#include "core/random.h"
#include "data/image_check.h"
#include "gtest/gtest.h"
#include "tests/data/data_support.h"
#include "tests/data/image_support.h"

namespace slim {
namespace {

Image Decoded(const Bytes& bytes) {
  Image image;
  DecodeImage("some.file", bytes, &image);
  return image;
}

Image Pattern(int channels) {
  Image image;
  image.Resize({3, 5, channels});
  for (size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = static_cast<uint8_t>(i * 17);
  return image;
}

void ExpectRefused(const Bytes& bytes, const std::vector<std::string>& parts) {
  ExpectError(ErrorKind::kBadInput, parts, [&] { Decoded(bytes); });
}

TEST(DecodeImage, ReadsColorPng) {
  const Image image = Pattern(3);
  EXPECT_EQ(Decoded(Png(image)).size, image.size);
  EXPECT_EQ(Decoded(Png(image)).pixels, image.pixels);
}

TEST(DecodeImage, MakesThreeChannelsOfEveryPng) {
  for (const int channels : {1, 2, 4}) {
    const Image image = Pattern(channels);
    const Image out = Decoded(Png(image));
    ASSERT_EQ(out.size, (ImageSize{3, 5, 3}));
    for (int y = 0; y < 3; ++y) {
      for (int x = 0; x < 5; ++x) {
        for (int c = 0; c < 3; ++c) {
          EXPECT_EQ(out.At(y, x)[c], image.At(y, x)[channels < 3 ? 0 : c]);
        }
      }
    }
  }
}

TEST(DecodeImage, ReadsJpeg) {
  const Image image = Decoded(Jpeg());
  EXPECT_EQ(image.size, (ImageSize{8, 8, 3}));
  EXPECT_EQ(image.pixels, Bytes(192, 168));
}

TEST(DecodeImage, RefusesEveryTruncation) {
  for (const Bytes& whole : {Png(Pattern(3)), Jpeg()}) {
    for (size_t length = 0; length < whole.size(); ++length) {
      ExpectRefused(Bytes(whole.begin(), whole.begin() + length), {"some.file: ", "; replace"});
    }
  }
}

TEST(DecodeImage, RefusesEveryFlippedBitOfAPng) {
  const Bytes whole = Png(Pattern(3));
  for (size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    Bytes damaged = whole;
    damaged[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    ExpectRefused(damaged, {"some.file: "});
  }
}

TEST(DecodeImage, SurvivesEveryDamagedByteOfAJpeg) {
  const Bytes whole = Jpeg();
  Image image;
  for (size_t at = 0; at < whole.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      Bytes damaged = whole;
      damaged[at] = static_cast<uint8_t>(value);
      try {
        DecodeImage("some.file", damaged, &image);
        EXPECT_EQ(static_cast<int64_t>(image.pixels.size()), image.size.bytes());
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::kBadInput);
      }
    }
  }
}

TEST(DecodeImage, SurvivesRandomDamage) {
  // Checksums made good again, so that the decoder itself gets to see the damage.
  const Bytes jpeg = Jpeg();
  Random random(1);
  Image image;
  for (int round = 0; round < 5000; ++round) {
    Bytes damaged = jpeg;
    for (uint64_t i = random.Below(4); i < 4; ++i) {
      damaged[random.Below(damaged.size())] = static_cast<uint8_t>(random.Below(256));
    }
    Bytes packed(1 + random.Below(60));
    for (uint8_t& byte : packed) byte = static_cast<uint8_t>(random.Below(256));
    Bytes png = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    const uint8_t depth = static_cast<uint8_t>(1 << random.Below(5));
    Append(&png,
           PngChunk("IHDR", {0, 0, 0, 9, 0, 0, 0, 7, depth, static_cast<uint8_t>(random.Below(8)),
                             0, 0, static_cast<uint8_t>(random.Below(2))}));
    Append(&png, PngChunk("PLTE", Bytes(3 * random.Below(20), 9)));
    Append(&png, PngChunk("tRNS", Bytes(random.Below(8), 9)));
    Append(&png, PngChunk("IDAT", packed));
    Append(&png, PngChunk("IEND", {}));
    for (const Bytes& bytes : {damaged, png}) {
      try {
        DecodeImage("some.file", bytes, &image);
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::kBadInput);
      }
    }
  }
}

// SOI, one DHT segment whose table has `counts[i]` codes of i + 1 bits and `symbols` symbols, EOI.
Bytes HuffmanTable(Bytes counts, size_t symbols) {
  counts.resize(16);
  const size_t length = 2 + 1 + 16 + symbols;
  Bytes jpeg = {
      0xff, 0xd8, 0xff, 0xc4, static_cast<uint8_t>(length >> 8), static_cast<uint8_t>(length), 0};
  Append(&jpeg, counts);
  Append(&jpeg, Bytes(symbols, 1));
  Append(&jpeg, {0xff, 0xd9});
  return jpeg;
}

TEST(DecodeImage, SaysWhatIsWrong) {
  ExpectRefused({}, {"empty"});
  ExpectRefused(HuffmanTable({3}, 3), {"JPEG Huffman table at byte 2"});
  ExpectRefused({'G', 'I', 'F', '8', '9', 'a'}, {"neither JPEG nor PNG"});
  Bytes png = Png(Pattern(3));
  png[45] ^= 1;
  ExpectRefused(png, {"PNG chunk at byte 33", "checksum"});
  Bytes header = {0, 0, 0x40, 0, 0, 0, 0x40, 0, 8, 2, 0, 0, 0};  // 16384 x 16384
  png = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  Append(&png, PngChunk("IHDR", header));
  Append(&png, PngChunk("IDAT", {1, 2, 3}));
  Append(&png, PngChunk("IEND", {}));
  ExpectRefused(png, {"16384x16384", "limit"});
}

TEST(FindJpegDamage, RefusesHuffmanTablesThatMakeNoCode) {
  EXPECT_EQ(FindJpegDamage(HuffmanTable({2}, 2)), "");
  EXPECT_EQ(FindJpegDamage(HuffmanTable({1, 1, 2}, 4)), "");
  const std::string why = "JPEG Huffman table at byte 2 makes no code";
  EXPECT_EQ(FindJpegDamage(HuffmanTable({3}, 3)), why);        // three codes of one bit
  EXPECT_EQ(FindJpegDamage(HuffmanTable({1, 1, 3}, 5)), why);  // one too many of three bits
  EXPECT_EQ(FindJpegDamage(HuffmanTable({1, 1, 2}, 3)), why);  // a symbol is missing
  EXPECT_EQ(FindJpegDamage(HuffmanTable({1, 1, 2}, 5)), why);  // part of a second table
  Bytes many(16);
  many[14] = 2;
  many[15] = 254;
  EXPECT_EQ(FindJpegDamage(HuffmanTable(many, 256)), "");
  many[15] = 255;  // codes that fit their lengths, but more than there are symbols
  EXPECT_EQ(FindJpegDamage(HuffmanTable(many, 257)), why);
}

TEST(ReadImageFile, NamesTheFile) {
  const std::string path = TestFolder() + "/a.png";
  WriteBytes(path, Png(Pattern(3)));
  Image image;
  ReadImageFile(path, &image);
  EXPECT_EQ(image.pixels, Pattern(3).pixels);
  WriteBytes(path, {1, 2, 3});
  ExpectError(ErrorKind::kBadInput, {path, "neither"}, [&] { ReadImageFile(path, &image); });
  ExpectError(ErrorKind::kBadInput, {path + "x"}, [&] { ReadImageFile(path + "x", &image); });
}

}  // namespace
}  // namespace slim
