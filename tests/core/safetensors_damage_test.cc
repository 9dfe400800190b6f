// Every single-bit flip and every truncation of a golden file: an error, or provably no harm.
#include <string>

#include "gtest/gtest.h"
#include "tests/core/safetensors_support.h"

namespace slim {
namespace {

constexpr char kChecksumEntry[] = ",\"slimsplit.crc32\":\"a76a83c7\"";

std::string WithoutChecksum() {
  const std::string golden = GoldenFile();
  const size_t data_bytes = 29;
  std::string header = golden.substr(8, golden.size() - 8 - data_bytes);
  header.erase(header.find(kChecksumEntry), sizeof kChecksumEntry - 1);
  return FileOf(header, golden.substr(golden.size() - data_bytes));
}

enum class Harm { kRefused, kNone, kData, kHeader };

Harm Judge(const std::string& damaged, const SafeTensorsFile& original,
           const SafeTensorsLimits& limits) {
  const std::string refusal = Refusal(damaged, limits);
  if (refusal != "accepted") {
    EXPECT_EQ(refusal.rfind("f.safetensors: ", 0), 0u) << refusal;
    return Harm::kRefused;
  }
  const SafeTensorsFile file = ParseFile(damaged, limits);
  if (!SameHeader(file, original)) return Harm::kHeader;
  return SameData(file, original) ? Harm::kNone : Harm::kData;
}

template <typename Check>
void FlipEveryBit(const std::string& bytes, Check check) {
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
      check(damaged, i, bit);
    }
  }
}

TEST(SafeTensorsDamageTest, EveryTruncationIsRefused) {
  for (const std::string& bytes : {GoldenFile(), WithoutChecksum()}) {
    for (size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_NE(Refusal(bytes.substr(0, size)), "accepted") << size;
    }
    EXPECT_NE(Refusal(bytes + " "), "accepted");
  }
}

TEST(SafeTensorsDamageTest, WithARequiredChecksumEveryFlipIsRefusedOrHarmless) {
  const std::string bytes = GoldenFile();
  const SafeTensorsFile original = ParseFile(bytes);
  SafeTensorsLimits limits;
  limits.require_checksum = true;
  int harmless = 0;
  FlipEveryBit(bytes, [&](const std::string& damaged, size_t i, int bit) {
    const Harm harm = Judge(damaged, original, limits);
    EXPECT_TRUE(harm == Harm::kRefused || harm == Harm::kNone) << "byte " << i << " bit " << bit;
    harmless += harm == Harm::kNone;
  });
  EXPECT_LE(harmless, 1);  // white space into other white space
}

// Without the requirement a flip in the key of the checksum turns the checksum into other metadata;
// nothing else.
TEST(SafeTensorsDamageTest, WithAChecksumEveryFlipOutsideItsKeyIsRefusedOrHarmless) {
  const std::string bytes = GoldenFile();
  const SafeTensorsFile original = ParseFile(bytes);
  const size_t key = bytes.find("slimsplit.crc32");
  FlipEveryBit(bytes, [&](const std::string& damaged, size_t i, int bit) {
    const Harm harm = Judge(damaged, original, {});
    const bool in_key = i >= key && i < key + strlen("slimsplit.crc32");
    EXPECT_TRUE(harm == Harm::kRefused || harm == Harm::kNone || (in_key && harm == Harm::kHeader))
        << "byte " << i << " bit " << bit;
    EXPECT_TRUE(harm != Harm::kHeader || SameData(ParseFile(damaged), original));
  });
}

// A flip in the header may change a name or a text and nothing else: types, shapes and places are
// tied to each other.
TEST(SafeTensorsDamageTest, WithoutAChecksumAFlipChangesTensorDataOrANameAtMost) {
  const std::string bytes = WithoutChecksum();
  const SafeTensorsFile original = ParseFile(bytes);
  const size_t data = bytes.size() - 29;
  int refused = 0, renamed = 0;
  FlipEveryBit(bytes, [&](const std::string& damaged, size_t i, int bit) {
    const Harm harm = Judge(damaged, original, {});
    if (i >= data) {
      EXPECT_EQ(harm, Harm::kData) << "byte " << i << " bit " << bit;
      return;
    }
    EXPECT_NE(harm, Harm::kData) << "byte " << i << " bit " << bit;
    refused += harm == Harm::kRefused;
    if (harm != Harm::kHeader) return;
    ++renamed;
    const SafeTensorsFile file = ParseFile(damaged);
    size_t bytes_held = 0;
    for (const SafeTensor& tensor : file.tensors())
      bytes_held += static_cast<size_t>(tensor.end - tensor.begin);
    EXPECT_EQ(bytes_held, 29u);
  });
  EXPECT_GT(refused, 10 * renamed);
}

}  // namespace
}  // namespace slim
