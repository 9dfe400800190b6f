// What the tests of the rANS coder share: tables that own their memory, and random messages.
#ifndef SLIMSPLIT_TESTS_SPLIT_CODEC_RANS_SUPPORT_H_
#define SLIMSPLIT_TESTS_SPLIT_CODEC_RANS_SUPPORT_H_

#include <math.h>

#include <utility>
#include <vector>

#include "core/random.h"
#include "gtest/gtest.h"
#include "split/codec/prob_table_host.h"
#include "split/codec/rans.h"
#include "tests/support/guarded_buffer.h"

namespace slim {

using Bytes = std::vector<uint8_t>;

// The tables of some planes, for both directions, with guards around their memory.
class RansTables {
 public:
  // Each as its bytes, see prob_table.h.
  explicit RansTables(std::vector<Bytes> tables, int seed_bits = 0)
      : bytes_(std::move(tables)), seed_bits_(seed_bits) {
    Workspace needed;
    Make(needed);
    memory_ = GuardedBuffer(needed.used());
    Workspace given(memory_.As<char>());
    Make(given);
    EXPECT_EQ(given.used(), needed.used());
  }

  int64_t planes() const { return static_cast<int64_t>(bytes_.size()); }
  const ProbTable& table(int64_t plane) const { return tables_[static_cast<size_t>(plane)]; }
  RansLayout LayoutOf(int64_t symbols) const { return {planes(), symbols / planes(), seed_bits_}; }
  bool Intact() const { return memory_.Intact(); }

  // A message in a buffer that is exactly `capacity` long, or as long as any message needs.
  Status Encode(const Bytes& symbols, Bytes* message, int64_t capacity = -1) const {
    const int64_t count = static_cast<int64_t>(symbols.size());
    if (capacity < 0) capacity = RansMostBytes(count);
    GuardedBuffer out(capacity, 1);
    int64_t size = -1;
    const Status status = RansEncode(encode_.data(), LayoutOf(count), symbols.data(),
                                     out.As<uint8_t>(), capacity, &size);
    EXPECT_TRUE(out.Intact());
    if (status.ok()) message->assign(out.As<uint8_t>(), out.As<uint8_t>() + size);
    return status;
  }

  // `symbols` has the size of the message.
  Status Decode(const Bytes& message, Bytes* symbols) const {
    GuardedBuffer in(static_cast<int64_t>(message.size()), 1);
    for (size_t i = 0; i < message.size(); ++i) in.As<uint8_t>()[i] = message[i];
    const int64_t count = static_cast<int64_t>(symbols->size());
    GuardedBuffer out(count, 1);
    const Status status = RansDecode(decode_.data(), LayoutOf(count), in.As<uint8_t>(), in.bytes(),
                                     out.As<uint8_t>());
    EXPECT_TRUE(out.Intact());
    symbols->assign(out.As<uint8_t>(), out.As<uint8_t>() + count);
    return status;
  }

  // -log2 of the probability that the tables give to these symbols.
  double Bits(const Bytes& symbols) const {
    double bits = 0;
    const size_t plane_size = symbols.size() / bytes_.size();
    for (size_t i = 0; i < symbols.size(); ++i) {
      const ProbTable& table = tables_[i / plane_size];
      const int entry = symbols[i] - table.first;
      const bool listed = entry >= 0 && entry < table.symbols;
      const int frequency = table.Frequency(listed ? entry : table.symbols);
      bits += kProbBits - log2(frequency) + (listed ? 0 : 8);
    }
    return bits;
  }

 private:
  void Make(Workspace& workspace) {
    tables_.clear(), encode_.clear(), decode_.clear();
    for (const Bytes& bytes : bytes_) {
      ProbTable table;
      const Status status =
          ProbTable::Parse(bytes.data(), static_cast<int64_t>(bytes.size()), &table);
      EXPECT_TRUE(status.ok()) << status.text;
      tables_.push_back(table);
      encode_.push_back(RansEncodeTable::Make(table, workspace));
      decode_.push_back(RansDecodeTable::Make(table, workspace));
    }
  }

  std::vector<Bytes> bytes_;
  int seed_bits_;
  GuardedBuffer memory_;
  std::vector<ProbTable> tables_;
  std::vector<RansEncodeTable> encode_;
  std::vector<RansDecodeTable> decode_;
};

// The bytes of a table with these frequencies, as prob_table.h draws it.
inline Bytes TableOf(uint8_t first, bool escape, const std::vector<int>& frequencies) {
  const size_t symbols = frequencies.size() - (escape ? 1 : 0);
  Bytes bytes = {first, static_cast<uint8_t>(first + symbols - 1), escape, 0};
  for (const int frequency : frequencies) {
    bytes.push_back(static_cast<uint8_t>(frequency));
    bytes.push_back(static_cast<uint8_t>(frequency >> 8));
  }
  return bytes;
}

// Weights that fall to both sides of `middle`, e^(-|i - middle| / width).
inline std::vector<double> Laplace(int symbols, double middle, double width) {
  std::vector<double> weights;
  for (int i = 0; i < symbols; ++i) weights.push_back(exp(-fabs(i - middle) / width));
  return weights;
}

// `count` symbols drawn with these weights.
inline void Draw(const std::vector<double>& weights, int64_t count, Random& random,
                 Bytes* symbols) {
  std::vector<double> up_to;
  double sum = 0;
  for (const double weight : weights) up_to.push_back(sum += weight);
  for (int64_t i = 0; i < count; ++i) {
    const double at = sum * static_cast<double>(random.NextBits() >> 11) * 0x1p-53;
    size_t symbol = 0;
    while (symbol + 1 < up_to.size() && up_to[symbol] <= at) ++symbol;
    symbols->push_back(static_cast<uint8_t>(symbol));
  }
}

}  // namespace slim

#endif  // SLIMSPLIT_TESTS_SPLIT_CODEC_RANS_SUPPORT_H_
