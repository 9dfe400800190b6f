// Picture files: sizes computed by hand, and images that come back.
#include "tools/picture_codec.h"

#include <stdlib.h>

#include <algorithm>
#include <string>

#include "core/error_host.h"
#include "gtest/gtest.h"

namespace slim {
namespace {

constexpr PictureFormat kFormats[] = {PictureFormat::kJpeg, PictureFormat::kPng,
                                      PictureFormat::kWebp};

Image Flat(int side, int channels, uint8_t value) {
  Image image;
  image.Resize({side, side, channels});
  std::fill(image.pixels.begin(), image.pixels.end(), value);
  return image;
}

// Slow slopes, which each format keeps well.
Image Slopes(int height, int width, int channels) {
  Image image;
  image.Resize({height, width, channels});
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < channels; ++c) {
        image.At(y, x)[c] = static_cast<uint8_t>(60 + 3 * y + 2 * x);
      }
    }
  }
  return image;
}

TEST(JpegScan, OfAFlatImageByHand) {
  // Start 2, JFIF 18, two quantisation tables of 69, frame 19, Huffman tables 33 + 183 twice, scan
  // header 14: 623 bytes. Of 24 blocks (16 of brightness, 8 of colour) each says "no difference,
  // nothing more", in 2 + 4 bits or 2 + 2 bits: 128 bits are 16 bytes. The end marker has 2.
  const std::vector<uint8_t> colour = EncodePicture(Flat(32, 3, 128), PictureFormat::kJpeg, 75);
  EXPECT_EQ(colour.size(), 641u);
  EXPECT_EQ(JpegScanBytes(colour), 16);
  // Gray: 16 blocks of 6 bits.
  EXPECT_EQ(JpegScanBytes(EncodePicture(Flat(32, 1, 128), PictureFormat::kJpeg, 75)), 12);
}

TEST(JpegScan, RefusesWhatIsNone) {
  const std::vector<uint8_t> good = EncodePicture(Slopes(16, 16, 3), PictureFormat::kJpeg, 50);
  const auto refused = [](const std::vector<uint8_t>& bytes) {
    EXPECT_THROW(JpegScanBytes(bytes), Error);
  };
  refused({});
  refused({0xFF, 0xD8, 0xFF});
  refused({0xFF, 0xD8, 0xFF, 0xD9});
  refused({0xFF, 0xD8, 0xFF, 0xDA, 0xFF, 0xFF, 0xFF, 0xD9});
  refused(EncodePicture(Slopes(16, 16, 3), PictureFormat::kPng, 0));
  for (size_t size = 0; size < good.size(); ++size) {
    refused({good.begin(), good.begin() + static_cast<int64_t>(size)});
  }
}

TEST(PictureCodec, ImagesComeBack) {
  for (const PictureFormat format : kFormats) {
    for (const int channels : {1, 3}) {
      SCOPED_TRACE(std::string(NameOf(format)) + " of " + std::to_string(channels));
      const Image image = Slopes(20, 33, channels);
      Image back;
      DecodePicture(EncodePicture(image, format, 95), format, image.size, &back);
      ASSERT_EQ(back.size, image.size);
      if (format == PictureFormat::kPng) {
        EXPECT_EQ(back.pixels, image.pixels);
        continue;
      }
      for (size_t i = 0; i < image.pixels.size(); ++i) {
        ASSERT_LE(abs(back.pixels[i] - image.pixels[i]), 12) << i;
      }
    }
  }
}

TEST(PictureCodec, BetterQualityTakesMoreBytes) {
  Image noise = Flat(32, 3, 0);
  uint32_t state = 1;
  for (uint8_t& pixel : noise.pixels) {
    state = state * 1664525u + 1013904223u;
    pixel = static_cast<uint8_t>(state >> 24);
  }
  for (const PictureFormat format : {PictureFormat::kJpeg, PictureFormat::kWebp}) {
    EXPECT_LT(2 * EncodePicture(noise, format, 20).size(), EncodePicture(noise, format, 95).size());
  }
}

TEST(PictureCodec, RefusesOtherFiles) {
  const Image image = Slopes(16, 16, 3);
  for (const PictureFormat format : kFormats) {
    SCOPED_TRACE(NameOf(format));
    const std::vector<uint8_t> file = EncodePicture(image, format, 80);
    Image back;
    EXPECT_THROW(DecodePicture(file, format, {16, 17, 3}, &back), Error);
    EXPECT_THROW(DecodePicture({}, format, image.size, &back), Error);
    EXPECT_THROW(DecodePicture({1, 2, 3, 4}, format, image.size, &back), Error);
  }
}

}  // namespace
}  // namespace slim
