// The feature codec: latents there and back in every row, raw and by rANS, and what it refuses.
#include "split/codec/codec.h"

#include <vector>

#include "core/random.h"
#include "gtest/gtest.h"
#include "split/codec/bit_pack.h"
#include "split/codec/prob_table_host.h"
#include "tests/support/guarded_buffer.h"

namespace slim {
namespace {

using Bytes = std::vector<uint8_t>;

FeatureFormat RawFormat(int64_t pixels, int64_t channels, int bits) {
  FeatureFormat format;
  format.pixels = pixels;
  format.channels = channels;
  EXPECT_TRUE(Quantizer::OfRange(-1, 1, bits, &format.quantizer).ok());
  return format;
}

// A table per channel: channel c has its peak at another symbol. Narrow ones end in an escape.
Bytes Tables(int64_t channels, int bits, double decay) {
  Bytes tables;
  for (int64_t c = 0; c < channels; ++c) {
    std::vector<double> weights(1 << bits);
    for (int s = 0; s < 1 << bits; ++s) {
      double weight = 1;
      for (int64_t k = 0; k < (s > c ? s - c : c - s); ++k) weight *= decay;
      weights[static_cast<size_t>(s)] = weight;
    }
    const Bytes table = MakeProbTable(weights);
    tables.insert(tables.end(), table.begin(), table.end());
  }
  return tables;
}

FeatureFormat RansFormat(int64_t pixels, int64_t channels, int bits, const Bytes& tables,
                         Coding coding = Coding::kSeededRans) {
  FeatureFormat format = RawFormat(pixels, channels, bits);
  format.coding = coding;
  format.tables = tables.data();
  format.table_bytes = static_cast<int64_t>(tables.size());
  return format;
}

// An encoder and a decoder in guarded memory of exactly the bytes that they asked for.
class Pair {
 public:
  explicit Pair(const std::vector<FeatureFormat>& formats) {
    const int32_t rows = static_cast<int32_t>(formats.size());
    int64_t encoder_bytes = 0, decoder_bytes = 0;
    EXPECT_TRUE(FeatureEncoder::Plan(formats.data(), rows, &encoder_bytes).ok());
    EXPECT_TRUE(FeatureDecoder::Plan(formats.data(), rows, &decoder_bytes).ok());
    encoder_memory_ = GuardedBuffer(encoder_bytes);
    decoder_memory_ = GuardedBuffer(decoder_bytes);
    const Status small =
        encoder.Prepare(formats.data(), rows, encoder_memory_.As<void>(), encoder_bytes - 1);
    EXPECT_EQ(small.code, StatusCode::kTooSmall);
    EXPECT_EQ(small.where, encoder_bytes);
    EXPECT_TRUE(
        encoder.Prepare(formats.data(), rows, encoder_memory_.As<void>(), encoder_bytes).ok());
    EXPECT_TRUE(
        decoder.Prepare(formats.data(), rows, decoder_memory_.As<void>(), decoder_bytes).ok());
  }
  ~Pair() { EXPECT_TRUE(encoder_memory_.Intact() && decoder_memory_.Intact()); }

  FeatureEncoder encoder;
  FeatureDecoder decoder;

 private:
  GuardedBuffer encoder_memory_, decoder_memory_;
};

Bytes Encoded(Pair& pair, const FeatureFormat& format, Width row, const std::vector<float>& x) {
  Bytes out(static_cast<size_t>(format.MostBytes()));
  int64_t size = 0;
  EXPECT_TRUE(
      pair.encoder.Encode(row, x.data(), out.data(), static_cast<int64_t>(out.size()), &size).ok());
  out.resize(static_cast<size_t>(size));
  return out;
}

TEST(Codec, RawBitsByHand) {
  // Two pixels of two channels at one bit over [-1, 1]: on the wire channel 0 comes first.
  const std::vector<FeatureFormat> formats = {RawFormat(2, 2, 1), RawFormat(2, 2, 2)};
  Pair pair(formats);
  const std::vector<float> latent = {-1, 1, 0.9f, -0.2f};        // [pixel][channel]
  EXPECT_EQ(Encoded(pair, formats[0], 0, latent), Bytes{0x60});  // 0 1 | 1 0
  // Four values -1, -1/3, 1/3, 1: symbols 0 3 | 3 1.
  EXPECT_EQ(Encoded(pair, formats[1], 1, latent), Bytes{0x3d});
  std::vector<float> decoded(4);
  const uint8_t payload = 0x3d;
  ASSERT_TRUE(pair.decoder.Decode(1, &payload, 1, decoded.data()).ok());
  EXPECT_FLOAT_EQ(decoded[0], -1);
  EXPECT_FLOAT_EQ(decoded[1], 1);
  EXPECT_FLOAT_EQ(decoded[2], 1);
  EXPECT_NEAR(decoded[3], -1.0 / 3, 1e-6);
}

// Every row decodes to what quantising alone leaves of the latent, in whatever order rows come.
TEST(Codec, RoundTripInEveryRow) {
  std::vector<Bytes> tables;
  for (int bits = 1; bits <= 8; ++bits) tables.push_back(Tables(bits % 4 + 1, bits, 0.4));
  std::vector<FeatureFormat> formats;
  for (int bits = 1; bits <= 8; ++bits) {
    formats.push_back(RawFormat(17, 5 - bits / 2 + 1, bits));
    const Bytes& of_bits = tables[static_cast<size_t>(bits - 1)];
    formats.push_back(RansFormat(17, bits % 4 + 1, bits, of_bits));
    formats.push_back(RansFormat(17, bits % 4 + 1, bits, of_bits, Coding::kRans));
  }
  Pair pair(formats);
  Random random(5);
  for (int turn = 0; turn < 400; ++turn) {
    const Width row = static_cast<Width>(random.Below(formats.size()));
    const FeatureFormat& format = formats[static_cast<size_t>(row)];
    std::vector<float> latent(static_cast<size_t>(format.symbols()));
    for (float& v : latent) v = 1.5f * random.Normal();
    const Bytes payload = Encoded(pair, format, row, latent);
    if (format.coding == Coding::kRawBits) {
      EXPECT_EQ(static_cast<int64_t>(payload.size()),
                PackedBytes(format.symbols(), format.quantizer.bits));
    }
    std::vector<float> decoded(latent.size()), expected(latent.size());
    ASSERT_TRUE(
        pair.decoder
            .Decode(row, payload.data(), static_cast<int64_t>(payload.size()), decoded.data())
            .ok());
    Bytes symbols(latent.size());
    Quantize(format.quantizer, latent.data(), format.symbols(), symbols.data());
    Dequantize(format.quantizer, symbols.data(), format.symbols(), expected.data());
    EXPECT_EQ(decoded, expected) << "row " << row;
  }
}

TEST(Codec, TablesThatFitCostFewerBytes) {
  const Bytes tables = Tables(4, 4, 0.3);
  const std::vector<FeatureFormat> formats = {RawFormat(256, 4, 4), RansFormat(256, 4, 4, tables)};
  Pair pair(formats);
  std::vector<float> latent(1024);
  Random random(6);
  for (size_t i = 0; i < latent.size(); ++i) {  // about what the tables expect
    const float step = 2.0f / 15;
    latent[i] = -1 + step * (static_cast<float>(i % 4) + 0.5f * random.Normal());
  }
  EXPECT_LT(2 * Encoded(pair, formats[1], 1, latent).size(),
            Encoded(pair, formats[0], 0, latent).size());
}

TEST(Codec, RefusesRawBitsOfAnotherSize) {
  const std::vector<FeatureFormat> formats = {RawFormat(9, 2, 3)};
  Pair pair(formats);
  const std::vector<float> latent(18, 0.3f);
  std::vector<float> decoded(18);
  Bytes payload = Encoded(pair, formats[0], 0, latent);
  const int64_t size = static_cast<int64_t>(payload.size());
  payload.push_back(0);
  for (int64_t other = 0; other <= size + 1; ++other) {
    EXPECT_EQ(pair.decoder.Decode(0, payload.data(), other, decoded.data()).ok(), other == size);
  }
}

// A rANS message holds nothing to check it by: damaged ones need only be safe.
TEST(Codec, DamagedRansMessagesStayInTheirMemory) {
  const Bytes tables = Tables(2, 8, 0.5);
  const std::vector<FeatureFormat> formats = {RansFormat(9, 2, 8, tables)};
  Pair pair(formats);
  const Bytes payload = Encoded(pair, formats[0], 0, std::vector<float>(18, -0.9f));
  GuardedBuffer decoded(18 * sizeof(float), 4);
  Random random(7);
  int refused = 0;
  for (int turn = 0; turn < 2000; ++turn) {
    Bytes damaged = payload;
    damaged.resize(static_cast<size_t>(random.Below(payload.size() + 8)));
    for (uint8_t& byte : damaged) {
      if (random.Below(4) == 0) byte = static_cast<uint8_t>(random.NextBits());
    }
    refused +=
        !pair.decoder
             .Decode(0, damaged.data(), static_cast<int64_t>(damaged.size()), decoded.As<float>())
             .ok();
  }
  EXPECT_GT(refused, 1000);
  EXPECT_TRUE(decoded.Intact());
}

TEST(Codec, SaysHowMuchRoomAPayloadTakes) {
  const Bytes tables = Tables(2, 3, 0.5);
  const std::vector<FeatureFormat> formats = {RawFormat(9, 2, 3), RansFormat(9, 2, 3, tables)};
  Pair pair(formats);
  const std::vector<float> latent(18, 0.3f);
  uint8_t out[1];
  int64_t written = 0;
  for (Width row = 0; row < 2; ++row) {
    const Status small = pair.encoder.Encode(row, latent.data(), out, 1, &written);
    EXPECT_EQ(small.code, StatusCode::kTooSmall);
    EXPECT_EQ(small.where, formats[static_cast<size_t>(row)].MostBytes());
  }
}

TEST(Codec, RefusesFormatsThatMakeNoSense) {
  const Bytes tables = Tables(2, 3, 0.5), more = Tables(3, 3, 0.5), wider = Tables(2, 4, 0.5);
  const FeatureFormat good = RansFormat(9, 2, 3, tables);
  EXPECT_TRUE(good.Judge().ok());
  FeatureFormat bad = good;
  const auto refused = [&] {
    const FeatureFormat formats[] = {good, bad};
    int64_t bytes = 0;
    const Status status = FeatureDecoder::Plan(formats, 2, &bytes);
    bad = good;
    return !status.ok() && status.where == 1;
  };
  bad.pixels = 0;
  EXPECT_TRUE(refused());
  bad.channels = kMostSymbols;
  EXPECT_TRUE(refused());
  bad.pixels = INT64_MAX;
  EXPECT_TRUE(refused());
  bad.quantizer.bits = 9;
  EXPECT_TRUE(refused());
  bad.quantizer.scale = 0;
  EXPECT_TRUE(refused());
  bad.coding = static_cast<Coding>(4);
  EXPECT_TRUE(refused());
  bad.coding = Coding::kRawBits;  // with tables
  EXPECT_TRUE(refused());
  bad.table_bytes -= 1;
  EXPECT_TRUE(refused());
  bad = RansFormat(9, 2, 3, more);  // a table too many
  EXPECT_TRUE(refused());
  bad = RansFormat(9, 2, 3, wider);  // of symbols that 3 bits do not have
  EXPECT_TRUE(refused());
  bad = RansFormat(9, 2, 4, tables);  // symbols 8..15 cannot be coded
  EXPECT_TRUE(refused());
  int64_t bytes = 0;
  EXPECT_FALSE(FeatureEncoder::Plan(&good, 0, &bytes).ok());
}

}  // namespace
}  // namespace slim
