#include "split/codec/prob_table.h"

#include <math.h>

#include <vector>

#include "core/error_host.h"
#include "core/random.h"
#include "gtest/gtest.h"
#include "split/codec/prob_table_host.h"
#include "tests/support/guarded_buffer.h"

namespace slim {
namespace {

using Bytes = std::vector<uint8_t>;

Status Parse(const Bytes& bytes, ProbTable* table) {
  return ProbTable::Parse(bytes.data(), static_cast<int64_t>(bytes.size()), table);
}

std::vector<int> Frequencies(const Bytes& bytes) {
  ProbTable table;
  const Status status = Parse(bytes, &table);
  EXPECT_TRUE(status.ok()) << status.text;
  std::vector<int> frequencies;
  for (int i = 0; i < table.entries(); ++i) frequencies.push_back(table.Frequency(i));
  return frequencies;
}

TEST(ProbTableTest, ByHand) {
  EXPECT_EQ(MakeProbTable({3, 1}), (Bytes{0, 1, 0, 0, 0x00, 0x0c, 0x00, 0x04}));
  EXPECT_EQ(Frequencies(MakeProbTable({0.2, 0.2, 0.2})), (std::vector<int>{1366, 1365, 1365}));
  EXPECT_EQ(MakeProbTable({9}), (Bytes{0, 0, 0, 0, 0x00, 0x10}));
  // What never occurred is left to the escape, where it costs one of 4096.
  EXPECT_EQ(MakeProbTable({0, 5, 0}), (Bytes{1, 1, 1, 0, 0xff, 0x0f, 0x01, 0x00}));
  // Within the alphabet it keeps the frequency 1.
  EXPECT_EQ(Frequencies(MakeProbTable({1, 0, 1})), (std::vector<int>{2048, 1, 2047}));
}

TEST(ProbTableTest, RareEndsAreLeftToTheEscape) {
  std::vector<double> weights(256, 1e-6);
  weights[100] = 0.5;
  weights[101] = 0.499;
  weights[103] = 1e-4;  // just worth a frequency of its own
  ProbTable table;
  const Bytes bytes = MakeProbTable(weights);
  ASSERT_TRUE(Parse(bytes, &table).ok());
  EXPECT_EQ(table.first, 100);
  EXPECT_EQ(table.symbols, 4);
  EXPECT_TRUE(table.escape);
  EXPECT_EQ(table.Frequency(4), 1);
}

double Bits(const std::vector<double>& weights, const std::vector<int>& frequencies) {
  double bits = 0;
  for (size_t i = 0; i < weights.size(); ++i) bits -= weights[i] * log2(frequencies[i] / 4096.0);
  return bits;
}

// Against every other table of two symbols.
TEST(ProbTableTest, NoTableOfTwoIsBetter) {
  for (const double p : {0.001, 0.1, 0.25, 1 / 3.0, 0.77, 0.9995}) {
    const std::vector<double> weights = {p, 1 - p};
    const double made = Bits(weights, Frequencies(MakeProbTable(weights)));
    for (int f = 1; f < 4096; ++f) EXPECT_LE(made, Bits(weights, {f, 4096 - f}) + 1e-12);
  }
}

// Moving one unit from any symbol to any other never helps: with a convex cost that is the best.
TEST(ProbTableTest, NoExchangeIsBetter) {
  Random random(11);
  for (int trial = 0; trial < 20; ++trial) {
    std::vector<double> weights(2 + random.Below(60));
    for (double& weight : weights) weight = pow(random.Uniform() + 0.1, 3);
    std::vector<int> frequencies = Frequencies(MakeProbTable(weights));
    ASSERT_EQ(frequencies.size(), weights.size());
    const double made = Bits(weights, frequencies);
    for (size_t from = 0; from < weights.size(); ++from) {
      if (frequencies[from] == 1) continue;
      for (size_t to = 0; to < weights.size(); ++to) {
        --frequencies[from], ++frequencies[to];
        ASSERT_LE(made, Bits(weights, frequencies) * (1 + 1e-12));
        ++frequencies[from], --frequencies[to];
      }
    }
  }
}

TEST(ProbTableTest, EqualWeightsGiveEqualBytes) {
  const std::vector<double> counts = {5, 0, 7, 1e6, 3};
  std::vector<double> scaled = counts;
  for (double& weight : scaled) weight *= 0.25;
  EXPECT_EQ(MakeProbTable(counts), MakeProbTable(counts));
  EXPECT_EQ(MakeProbTable(counts), MakeProbTable(scaled));
}

TEST(ProbTableTest, RefusesWhatIsNoDistribution) {
  EXPECT_THROW(MakeProbTable({}), Error);
  EXPECT_THROW(MakeProbTable(std::vector<double>(257, 1.0)), Error);
  EXPECT_THROW(MakeProbTable({0, 0}), Error);
  EXPECT_THROW(MakeProbTable({1, -1e-9}), Error);
  EXPECT_THROW(MakeProbTable({1, NAN}), Error);
  EXPECT_THROW(MakeProbTable({1, INFINITY}), Error);
  EXPECT_THROW(MakeProbTable({1e308, 1e308}), Error);
}

struct Case {
  const char* rule;
  Bytes bytes;
  int64_t where;
};

TEST(ProbTableTest, EachRuleIsNamedWithItsByte) {
  Bytes whole = {0, 255, 1, 0};
  for (int i = 0; i < 257; ++i) whole.push_back(16), whole.push_back(0);
  const Case cases[] = {
      {"prob table: shorter than its header", {0, 1, 0}, 3},
      {"prob table: last symbol below the first", {1, 0, 0, 0, 0, 16}, 1},
      {"prob table: escape is neither 0 nor 1", {0, 0, 2, 0, 0, 16}, 2},
      {"prob table: reserved byte is not 0", {0, 0, 0, 1, 0, 16}, 3},
      {"prob table: an escape, but no symbol left to it", whole, 2},
      {"prob table: ends within its frequencies", {0, 1, 0, 0, 0, 16, 1}, 7},
      {"prob table: a frequency is 0", {0, 1, 0, 0, 0, 16, 0, 0}, 6},
      {"prob table: the frequencies exceed 4096", {0, 1, 0, 0, 0, 16, 1, 0}, 6},
      {"prob table: the frequencies do not sum to 4096", {0, 1, 0, 0, 0, 8, 255, 7}, 4},
  };
  for (const Case& c : cases) {
    ProbTable table;
    const Status status = Parse(c.bytes, &table);
    EXPECT_STREQ(status.text, c.rule);
    EXPECT_EQ(status.where, c.where) << c.rule;
    EXPECT_EQ(table.frequencies, nullptr);
  }
}

// Every truncation is refused, without a look behind the last byte; more bytes are no concern.
TEST(ProbTableTest, TruncationIsRefused) {
  const Bytes bytes = MakeProbTable({1, 2, 3, 4, 5, 0});
  for (size_t size = 0; size <= bytes.size() + 1; ++size) {
    GuardedBuffer cut(static_cast<int64_t>(size), 1);
    for (size_t i = 0; i < size && i < bytes.size(); ++i) cut.As<uint8_t>()[i] = bytes[i];
    ProbTable table;
    const Status status = ProbTable::Parse(cut.As<uint8_t>(), cut.bytes(), &table);
    EXPECT_EQ(status.ok(), size >= bytes.size()) << size;
    if (status.ok()) {
      EXPECT_EQ(table.bytes(), static_cast<int64_t>(bytes.size()));
    }
  }
}

}  // namespace
}  // namespace slim
