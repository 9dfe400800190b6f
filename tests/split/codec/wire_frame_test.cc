#include "split/codec/wire_frame.h"

#include <string.h>

#include "core/crc32.h"
#include "gtest/gtest.h"
#include "split/codec/little_endian.h"
#include "tests/split/codec/golden_hex.h"
#include "tests/support/guarded_buffer.h"

namespace slim {
namespace {

constexpr uint64_t kDigest = 0x0123456789abcdef;
constexpr WireLimits kLimits = {kDigest, 64, 4, 3};

Bytes GoldenFrame(const char* name) { return ReadGolden("frames_v1.hex")[name]; }

// Parses a copy that ends where the process may not read.
Status Parse(const Bytes& bytes, const WireLimits& limits = kLimits, WireHeader* header = nullptr) {
  GuardedBuffer copy(static_cast<int64_t>(bytes.size()), 1);
  if (!bytes.empty()) memcpy(copy.As<uint8_t>(), bytes.data(), bytes.size());
  WireHeader unused;
  return ParseWireFrame(copy.As<uint8_t>(), copy.bytes(), limits,
                        header == nullptr ? &unused : header);
}

void Reseal(Bytes& frame) {
  const uint32_t of_header = Crc32(frame.data(), 28);
  StoreLe32(&frame[28], Crc32(frame.data() + kWireHeaderBytes,
                              static_cast<int64_t>(frame.size()) - kWireHeaderBytes, of_header));
}

TEST(WireFrameTest, ReadsTheGoldenFeatures) {
  WireHeader header;
  ASSERT_TRUE(Parse(GoldenFrame("features"), kLimits, &header).ok());
  EXPECT_EQ(header.kind, WireKind::kFeatures);
  EXPECT_EQ(header.compute_row, 3);
  EXPECT_EQ(header.rate_row, 2);
  EXPECT_EQ(header.frame_id, 1u);
  EXPECT_EQ(header.payload_bytes, 13u);
  EXPECT_EQ(header.model_digest, kDigest);
}

// Each golden frame is read and written again, to the byte.
TEST(WireFrameTest, WritesTheGoldenFrames) {
  const auto golden = ReadGolden("frames_v1.hex");
  ASSERT_EQ(golden.size(), 5u);
  for (const auto& [name, bytes] : golden) {
    WireHeader header;
    const Status status = Parse(bytes, kLimits, &header);
    ASSERT_TRUE(status.ok()) << name << ": " << status.text;
    GuardedBuffer frame(static_cast<int64_t>(bytes.size()), 1);
    memcpy(frame.As<uint8_t>() + kWireHeaderBytes, bytes.data() + kWireHeaderBytes,
           header.payload_bytes);
    ASSERT_TRUE(WriteWireFrame(header, frame.As<uint8_t>(), frame.bytes()).ok());
    EXPECT_EQ(memcmp(frame.As<uint8_t>(), bytes.data(), bytes.size()), 0) << name;
    EXPECT_TRUE(frame.Intact());
  }
}

TEST(WireFrameTest, EveryTruncationIsRefused) {
  for (const auto& [name, bytes] : ReadGolden("frames_v1.hex")) {
    for (size_t size = 0; size < bytes.size(); ++size) {
      const Status status = Parse(Bytes(bytes.begin(), bytes.begin() + static_cast<int>(size)));
      EXPECT_FALSE(status.ok()) << name << " " << size;
      EXPECT_EQ(status.where, static_cast<int64_t>(size));
    }
  }
}

TEST(WireFrameTest, EveryBitFlipIsRefused) {
  for (const auto& [name, bytes] : ReadGolden("frames_v1.hex")) {
    for (size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
      Bytes flipped = bytes;
      flipped[bit / 8] = static_cast<uint8_t>(flipped[bit / 8] ^ 1 << bit % 8);
      WireHeader header;
      header.frame_id = 42;
      EXPECT_FALSE(Parse(flipped, kLimits, &header).ok()) << name << " bit " << bit;
      EXPECT_EQ(header.frame_id, 42u);  // nothing of a refused frame comes out
    }
  }
}

// A header is all that a reader has at first.
TEST(WireFrameTest, HeadersComeFirst) {
  const Bytes bytes = GoldenFrame("features");
  WireHeader header;
  for (int64_t size = 0; size < kWireHeaderBytes; ++size) {
    const Status status = ParseWireHeader(bytes.data(), size, kLimits, &header);
    EXPECT_STREQ(status.text, "wire frame: ends within its header");
    EXPECT_EQ(status.where, size);
  }
  ASSERT_TRUE(ParseWireHeader(bytes.data(), kWireHeaderBytes, kLimits, &header).ok());
  EXPECT_EQ(header.payload_bytes, 13u);
}

struct Case {
  const char* rule;
  int at;  // byte that is changed, and what the Status names
  uint8_t value;
  StatusCode code;
};

// Sealed with the right CRC, so that only the rule itself can refuse.
TEST(WireFrameTest, EachRuleIsNamedWithItsByte) {
  constexpr StatusCode kInvalid = StatusCode::kInvalid;
  const Case cases[] = {
      {"wire frame: does not begin with slmF", 0, 'x', kInvalid},
      {"wire frame: another version than 1", 4, 2, StatusCode::kUnsupported},
      {"wire frame: unknown kind", 5, 0, kInvalid},
      {"wire frame: unknown kind", 5, 6, kInvalid},
      {"wire frame: a compute row that the model does not have", 6, 4, kInvalid},
      {"wire frame: a rate row that the model does not have", 7, 3, kInvalid},
      {"wire frame: more payload bytes than the limit", 16, 65, kInvalid},
      {"wire frame: of another model", 20, 0, kInvalid},
  };
  for (const Case& c : cases) {
    Bytes bytes = GoldenFrame("features");
    bytes[static_cast<size_t>(c.at)] = c.value;
    Reseal(bytes);
    const Status status = Parse(bytes);
    EXPECT_STREQ(status.text, c.rule);
    EXPECT_EQ(status.where, c.at);
    EXPECT_EQ(status.code, c.code);
  }
  Bytes bytes = GoldenFrame("features");
  bytes[40] ^= 1;
  EXPECT_STREQ(Parse(bytes).text, "wire frame: damaged, the CRC differs");
  bytes = GoldenFrame("features");
  bytes.push_back(0);
  EXPECT_STREQ(Parse(bytes).text, "wire frame: bytes follow its payload");
  EXPECT_EQ(Parse(bytes).where, 45);
}

// The largest length that the field can say is no way to a large allocation or an overflow.
TEST(WireFrameTest, HugeLengths) {
  Bytes bytes = GoldenFrame("ping");
  StoreLe32(&bytes[16], 0xffffffffu);
  Reseal(bytes);
  EXPECT_STREQ(Parse(bytes).text, "wire frame: more payload bytes than the limit");
  WireLimits limits = kLimits;
  limits.payload_bytes = 0xffffffffu;
  EXPECT_STREQ(Parse(bytes, limits).text, "wire frame: ends within its payload");
  WireHeader header;
  ASSERT_TRUE(ParseWireHeader(bytes.data(), kWireHeaderBytes, limits, &header).ok());
  EXPECT_EQ(header.payload_bytes, 0xffffffffu);
}

TEST(WireFrameTest, LimitsIncludeTheirLast) {
  WireLimits limits = kLimits;
  limits.payload_bytes = 13;
  EXPECT_TRUE(Parse(GoldenFrame("features"), limits).ok());
  limits.payload_bytes = 12;
  EXPECT_FALSE(Parse(GoldenFrame("features"), limits).ok());
}

TEST(WireFrameTest, WritesNothingWhereItDoesNotFit) {
  WireHeader header;
  header.payload_bytes = 3;
  for (int64_t capacity = 0; capacity < 35; ++capacity) {
    GuardedBuffer frame(capacity, 1);
    frame.Fill(0x5a);
    const Status status = WriteWireFrame(header, frame.As<uint8_t>(), capacity);
    EXPECT_EQ(status.code, StatusCode::kTooSmall);
    EXPECT_EQ(status.where, 35);
    for (int64_t i = 0; i < capacity; ++i) ASSERT_EQ(frame.As<uint8_t>()[i], 0x5a);
  }
  header.payload_bytes = 0xffffffffu;
  uint8_t frame[40];
  EXPECT_EQ(WriteWireFrame(header, frame, 40).where, 0x10000001fll);
}

}  // namespace
}  // namespace slim
