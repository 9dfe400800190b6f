// How many bytes messages take, against what information theory and general compressors need.
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include <fstream>
#include <string>

#include "gtest/gtest.h"
#include "tests/split/codec/rans_support.h"

namespace slim {
namespace {

// Planes of symbols drawn from known distributions, coded by the tables of these.
struct Sample {
  std::string name;
  std::vector<std::vector<double>> weights;
  Bytes symbols;

  // -log2 of the probability that the distributions themselves, as real numbers, give to them.
  double Bits() const {
    double bits = 0;
    const size_t plane_size = symbols.size() / weights.size();
    for (size_t plane = 0; plane < weights.size(); ++plane) {
      double sum = 0;
      for (const double weight : weights[plane]) sum += weight;
      for (size_t i = 0; i < plane_size; ++i) {
        bits -= log2(weights[plane][symbols[plane * plane_size + i]] / sum);
      }
    }
    return bits;
  }
};

Sample DrawSample(const std::string& name, const std::vector<std::vector<double>>& weights,
                  int64_t plane_size) {
  Sample sample = {name, weights, {}};
  Random random(29);
  for (const std::vector<double>& of_plane : weights) {
    Draw(of_plane, plane_size, random, &sample.symbols);
  }
  return sample;
}

// From about 0.2 to 6.4 bits a symbol, 10,000 to 55,296 symbols.
std::vector<Sample> Samples() {
  return {
      DrawSample("1 bit", {{0.97, 0.03}, {0.9, 0.1}, {0.8, 0.2}, {0.6, 0.4}}, 2500),
      DrawSample("2 bits", {{0.7, 0.2, 0.08, 0.02}, {0.1, 0.6, 0.25, 0.05}}, 5000),
      DrawSample("4 bits, 6 x 96 x 96",
                 {Laplace(16, 7, 0.3), Laplace(16, 8, 0.6), Laplace(16, 7.5, 1), Laplace(16, 7, 2),
                  Laplace(16, 6, 3), Laplace(16, 9, 1.5)},
                 96 * 96),
      DrawSample("learned prior",
                 {Laplace(256, 128, 0.2), Laplace(256, 127, 1), Laplace(256, 129, 9)}, 4096),
      DrawSample("8 bits", {Laplace(256, 120, 15), Laplace(256, 100, 30)}, 10000),
  };
}

int64_t CodedBytes(const Sample& sample, double* table_bits, int seed_bits = 0) {
  std::vector<Bytes> bytes;
  for (const std::vector<double>& of_plane : sample.weights) {
    bytes.push_back(MakeProbTable(of_plane));
  }
  const RansTables tables(bytes, seed_bits);
  *table_bits = tables.Bits(sample.symbols);
  Bytes message;
  EXPECT_TRUE(tables.Encode(sample.symbols, &message).ok());
  return static_cast<int64_t>(message.size());
}

int64_t ZlibBytes(const Bytes& symbols) {
  uLongf size = compressBound(symbols.size());
  Bytes out(size);
  EXPECT_EQ(compress2(out.data(), &size, symbols.data(), symbols.size(), 9), Z_OK);
  return static_cast<int64_t>(size);
}

// -1 when there is no zstd on this machine. Frame without checksum: the fewest bytes it can make.
int64_t ZstdBytes(const Bytes& symbols) {
  const std::string path = testing::TempDir() + "/rans_size_test_symbols";
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(symbols.data()),
             static_cast<std::streamsize>(symbols.size()));
  FILE* pipe =
      popen(("zstd -19 --ultra -q --no-check -c '" + path + "' 2>/dev/null | wc -c").c_str(), "r");
  long long size = 0;
  if (pipe == nullptr || fscanf(pipe, "%lld", &size) != 1) size = 0;
  if (pipe != nullptr) pclose(pipe);
  remove(path.c_str());
  return size > 0 ? size : -1;
}

TEST(RansSizeTest, WithinOnePercentOfTheInformation) {
  for (const Sample& sample : Samples()) {
    double table_bits;
    const double coded_bits = 8.0 * static_cast<double>(CodedBytes(sample, &table_bits));
    printf("%s: %.0f bits coded, %+.3f %% of the tables' entropy, %+.3f %% of the source's\n",
           sample.name.c_str(), coded_bits, 100 * (coded_bits / table_bits - 1),
           100 * (coded_bits / sample.Bits() - 1));
    EXPECT_LE(coded_bits, 1.001 * table_bits + 16) << sample.name;
    EXPECT_LE(coded_bits, 1.01 * sample.Bits()) << sample.name;
    EXPECT_GE(coded_bits, table_bits - 1) << sample.name;  // less would be too good to be true
  }
}

// What a small split sends a frame: 512 symbols in 60 to 250 bytes, a thousand times.
TEST(RansSizeTest, SeedsKeepSmallMessagesWithinOnePercent) {
  const std::vector<std::vector<double>> kinds[] = {
      {{0.53, 0.47}, {0.45, 0.55}},
      {{0.1, 0.4, 0.35, 0.15}, {0.2, 0.3, 0.3, 0.2}},
      {Laplace(8, 3, 3), Laplace(8, 4, 2)},
      {Laplace(16, 7, 5), Laplace(16, 8, 3)},
  };
  int bits = 0;
  for (const auto& weights : kinds) {
    ++bits;
    Random random(31);
    double information = 0, seeded = 0, seedless = 0;
    for (int frame = 0; frame < 1000; ++frame) {
      Sample sample = {"", weights, {}};
      for (const std::vector<double>& of_plane : weights) {
        Draw(of_plane, 256, random, &sample.symbols);
      }
      double table_bits;
      seedless += 8.0 * static_cast<double>(CodedBytes(sample, &table_bits));
      seeded += 8.0 * static_cast<double>(CodedBytes(sample, &table_bits, bits));
      information += table_bits;
    }
    printf("%d bits: %.1f bytes a frame, %+.2f %% of the tables' entropy; without seeds %+.2f %%\n",
           bits, seeded / 8000, 100 * (seeded / information - 1),
           100 * (seedless / information - 1));
    EXPECT_LE(seeded, 1.01 * information) << bits;
    EXPECT_GE(seeded, information) << bits;
    EXPECT_GE(seedless, seeded) << bits;
  }
}

TEST(RansSizeTest, FewerBytesThanZlib) {
  for (const Sample& sample : Samples()) {
    double table_bits;
    EXPECT_LT(CodedBytes(sample, &table_bits), ZlibBytes(sample.symbols)) << sample.name;
  }
}

TEST(RansSizeTest, FewerBytesThanZstd) {
  if (ZstdBytes({1, 2, 3}) < 0) GTEST_SKIP() << "zstd is not installed";
  for (const Sample& sample : Samples()) {
    double table_bits;
    const int64_t coded = CodedBytes(sample, &table_bits), zstd = ZstdBytes(sample.symbols);
    printf("%s: %lld bytes coded, %lld by zstd -19\n", sample.name.c_str(),
           static_cast<long long>(coded), static_cast<long long>(zstd));
    EXPECT_LT(coded, zstd) << sample.name;
  }
}

}  // namespace
}  // namespace slim
