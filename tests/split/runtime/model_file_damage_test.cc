// Damaged model files: every one is refused, or runs within its memory.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "core/error_host.h"
#include "tests/split/runtime/model_file_support.h"

namespace slim {
namespace {

class ModelFileDamage : public testing::Test {
 protected:
  void SetUp() override {
    head_ = ModelFileBytes(split_.head());
    tail_ = ModelFileBytes(split_.tail());
    split_.AddExit();
    exit_ = ModelFileBytes(split_.head());
  }

  Status StatusOf(const Bytes& bytes) { return ParsedFile(bytes).status; }

  // The status of the head with one byte changed and the CRC put right.
  Status Changed(size_t at, uint8_t value) {
    Bytes bytes = head_;
    bytes[at] = value;
    SealModelFile(&bytes);
    return StatusOf(bytes);
  }

  // The first place of `text` in the head.
  size_t PlaceOf(const std::string& text) {
    return std::string(head_.begin(), head_.end()).find(text);
  }

  SmallSplit split_;
  Bytes head_, tail_, exit_;  // the last is a head with an exit
};

TEST_F(ModelFileDamage, EveryTruncationIsRefused) {
  for (const Bytes& whole : {head_, tail_, exit_}) {
    for (size_t size = 0; size < whole.size(); ++size) {
      Bytes bytes(whole.begin(), whole.begin() + static_cast<int64_t>(size));
      const Status status = StatusOf(bytes);
      ASSERT_FALSE(status.ok()) << size;
      ASSERT_NE(status.code, StatusCode::kTooSmall) << size;
      if (size % 7 != 0) continue;
      SealModelFile(&bytes);
      ASSERT_FALSE(StatusOf(bytes).ok()) << size << " bytes, sealed";
    }
  }
}

TEST_F(ModelFileDamage, EveryFlippedBitIsRefused) {
  for (Bytes* whole : {&head_, &exit_}) {
    for (size_t bit = 0; bit < 8 * whole->size(); ++bit) {
      (*whole)[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
      ASSERT_FALSE(StatusOf(*whole).ok()) << "bit " << bit;
      (*whole)[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    }
    EXPECT_TRUE(StatusOf(*whole).ok());
  }
}

TEST_F(ModelFileDamage, RulesAreNamed) {
  const auto expect = [](const Status& status, const std::string& rule, int64_t where) {
    EXPECT_NE(std::string(status.text).find(rule), std::string::npos) << status.text;
    EXPECT_EQ(status.where, where) << status.text;
  };
  expect(Changed(0, 'S'), "begin with slmM", 0);
  expect(Changed(4, 2), "another version", 4);
  EXPECT_EQ(Changed(4, 2).code, StatusCode::kUnsupported);
  expect(Changed(6, 3), "neither head nor tail", 6);
  expect(Changed(7, 2), "normalised", 7);
  expect(Changed(28, 0), "rows", 28);
  expect(Changed(31, 0xff), "spaces", 30);
  expect(Changed(33, 0xff), "nodes", 32);
  expect(Changed(35, 0xff), "classes", 34);
  expect(Changed(39, 0xff), "parameters", 36);
  const size_t modes = PlaceOf("mode"), graph = PlaceOf("grph"), conv = PlaceOf("encoder.conv");
  Bytes exit = head_;
  memcpy(&exit[graph], "exit", 4);
  SealModelFile(&exit);
  expect(StatusOf(exit), "another section", static_cast<int64_t>(graph));
  EXPECT_EQ(StatusOf(exit).code, StatusCode::kUnsupported);
  expect(Changed(modes + 8, 2), "does not end in 0", static_cast<int64_t>(modes + 8));
  // A mode: length, "1.3", 0, accuracy, bytes, MACs, coding.
  expect(Changed(modes + 8 + 5 + 3, 1), "accuracy", static_cast<int64_t>(modes + 8));
  expect(Changed(modes + 8 + 5 + 16, 7), "unknown coding", static_cast<int64_t>(modes + 9));
  expect(Changed(modes + 8 + 5 + 17, 9), "bits outside", static_cast<int64_t>(modes + 9));
  expect(Changed(graph + 8, 9), "other images", static_cast<int64_t>(conv));
  expect(Changed(PlaceOf("conv2d"), 'k'), "does not know", static_cast<int64_t>(conv + 13));
  expect(Changed(PlaceOf("kernel"), 'K'), "other fields",
         static_cast<int64_t>(PlaceOf("kernel") - 1));
  expect(Changed(PlaceOf("kernel") + 9, 1), "out of range", static_cast<int64_t>(conv - 1));
}

TEST_F(ModelFileDamage, ExitsAreJudged) {
  const size_t section = std::string(exit_.begin(), exit_.end()).find("exit") + 8;
  const auto expect = [&](size_t at, uint8_t value, const std::string& rule, size_t where) {
    Bytes bytes = exit_;
    bytes[at] = value;
    SealModelFile(&bytes);
    const Status status = StatusOf(bytes);
    EXPECT_NE(std::string(status.text).find(rule), std::string::npos) << status.text;
    EXPECT_EQ(status.where, static_cast<int64_t>(where)) << status.text;
  };
  // Counts of nodes and spaces; two spaces, three rows; then accuracy and MACs of each row.
  const size_t modes = section + 4 + 2 * 2 * (1 + 3), graph = modes + 3 * 12;
  const size_t first_node = graph + 10;
  expect(section, 0, "exit has not as many nodes", section);
  expect(section + 1, 0xff, "exit has not as many nodes", section);
  expect(section + 2, 0, "exit has not as many channel spaces", section + 2);
  expect(section + 3, 0xff, "exit has not as many channel spaces", section + 2);
  expect(modes + 3, 1, "accuracy", modes);
  expect(graph, 5, "another latent", first_node + 1);
  EXPECT_STREQ(reinterpret_cast<const char*>(&exit_[first_node + 1]), "exit.bn");
  // Another plan: fewer classes than a row uses.
  expect(section + 4 + 2, 3, "more than there are", first_node + 1);
  // The last number is a bias of the classifier: infinity.
  Bytes bad = exit_;
  StoreLe32(&bad[bad.size() - 4], 0x7f800000);
  SealModelFile(&bad);
  EXPECT_NE(std::string(StatusOf(bad).text).find("not finite"), std::string::npos);
  // As many classes as the head has names for.
  split_.head().num_classes = 3;
  EXPECT_THROW(ModelFileBytes(split_.head()), Error);
  // Only heads have one.
  Bytes tail = exit_;
  tail[6] = 2;
  SealModelFile(&tail);
  EXPECT_NE(std::string(StatusOf(tail).text).find("another section"), std::string::npos);
  // Without the numbers of the exit.
  Bytes fewer = exit_;
  fewer[section - 8] = 'E';
  SealModelFile(&fewer);
  EXPECT_NE(std::string(StatusOf(fewer).text).find("another section"), std::string::npos);
}

// More multiply-accumulates than any sum of them may hold, of a mode and of an exit.
TEST_F(ModelFileDamage, MostMacs) {
  constexpr uint64_t kMost = uint64_t{1} << 50;
  const auto with_macs = [&](size_t at, uint64_t was, uint64_t macs) {
    Bytes bytes = exit_;
    EXPECT_EQ(LoadLe64(&bytes[at]), was);
    StoreLe64(&bytes[at], macs);
    SealModelFile(&bytes);
    return StatusOf(bytes);
  };
  const std::string text(exit_.begin(), exit_.end());
  // The first mode: length, "1.3", 0, accuracy, bytes, MACs. The exit: counts, its plan, and for
  // each row accuracy and MACs.
  const size_t mode = text.find("mode") + 8, exit = text.find("exit") + 8 + 4 + 2 * 2 * (1 + 3);
  for (const auto& [where, at, was] :
       {std::tuple<size_t, size_t, uint64_t>{mode, mode + 13, 1000}, {exit, exit + 4, 100}}) {
    EXPECT_TRUE(with_macs(at, was, kMost).ok());
    for (const uint64_t macs : {kMost + 1, ~uint64_t{0}}) {
      const Status status = with_macs(at, was, macs);
      EXPECT_STREQ(status.text, "model file: more than 2^50 multiply-accumulates");
      EXPECT_EQ(status.where, static_cast<int64_t>(where));
    }
  }
}

TEST_F(ModelFileDamage, ParametersAreJudged) {
  const size_t records = PlaceOf("parm") + 8;
  EXPECT_FALSE(Changed(records, 7).ok());       // another node
  EXPECT_FALSE(Changed(records + 4, 1).ok());   // of a row that does not exist
  EXPECT_FALSE(Changed(records + 8, 1).ok());   // somewhere else
  EXPECT_FALSE(Changed(records + 16, 1).ok());  // of another size
  EXPECT_FALSE(Changed(records + 23, 0x7f).ok());
  // A count whose bytes, added to the place, are more than 64 bits hold.
  Bytes huge = head_;
  for (size_t i = 16; i < 23; ++i) huge[records + i] = 0xff;
  huge[records + 23] = 0x1f;
  SealModelFile(&huge);
  EXPECT_NE(std::string(StatusOf(huge).text).find("after the end of the file"), std::string::npos);
  // The weights of the convolution begin at the first offset; not a number, then minus zero.
  const size_t weights = LoadLe32(&head_[records + 8]);
  Bytes bad = head_;
  StoreLe32(&bad[weights], 0x7fc00000);
  SealModelFile(&bad);
  EXPECT_NE(std::string(StatusOf(bad).text).find("not finite"), std::string::npos);
  StoreLe32(&bad[weights], 0x80000000);
  SealModelFile(&bad);
  EXPECT_TRUE(StatusOf(bad).ok());
  // The last parameter is the variance of the last row: a negative one has no root.
  bad = head_;
  bad.back() |= 0x80;
  SealModelFile(&bad);
  EXPECT_NE(std::string(StatusOf(bad).text).find("negative"), std::string::npos);
  // What lies between parameters is 0.
  EXPECT_NE(std::string(Changed(weights - 1, 1).text).find("not 0"), std::string::npos);
}

// Damage whose CRC is right: a Status, or a file that runs in the memory that it asks for.
TEST_F(ModelFileDamage, SealedDamageIsRefusedOrRuns) {
  const std::vector<float> zeros(1 << 16);
  int accepted = 0, ran = 0, exits = 0;
  for (uint64_t turn = 0; turn < 20000; ++turn) {
    Random random = Random::Derive(11, turn);
    Bytes bytes = turn % 3 == 0 ? head_ : turn % 3 == 1 ? tail_ : exit_;
    // Mostly before the numbers, where structure is.
    const size_t parameters = std::string(bytes.begin(), bytes.end()).find("parm");
    const size_t reach = random.Below(8) == 0 ? bytes.size() : parameters + 400;
    for (uint64_t change = 0; change <= random.Below(3); ++change) {
      uint8_t& byte = bytes[28 + random.Below(std::min(reach, bytes.size()) - 28)];
      byte = random.Below(2) == 0 ? static_cast<uint8_t>(random.NextBits())
                                  : static_cast<uint8_t>(byte + 1 - 2 * random.Below(2));
    }
    SealModelFile(&bytes);
    const ParsedFile parsed(bytes);
    ASSERT_TRUE(parsed.status.where >= -1 &&
                parsed.status.where <= static_cast<int64_t>(bytes.size()));
    if (!parsed.status.ok()) continue;
    ++accepted;
    EXPECT_EQ(ModelFileBytes(parsed.file), bytes) << "turn " << turn;
    for (Width row = 0; row < parsed.file.graph.plan.rows && row < 4; ++row) {
      const Shape input = parsed.file.graph.InputShape(row, 1);
      if (input.Count() > static_cast<int64_t>(zeros.size())) continue;
      ran += !RunFile(parsed.file, row, zeros, 1 << 20).empty();
      const ModelExit& exit = parsed.file.exit;
      if (!exit.present() || exit.graph.InputShape(row, 1).Count() > 1 << 16) continue;
      exits += !RunGraph(exit.graph, exit.weights, row, zeros, 1 << 20).empty();
    }
  }
  EXPECT_GT(accepted, 500);
  EXPECT_GT(ran, 1000);
  EXPECT_GT(exits, 300);
}

std::string RefusalOf(const std::string& path) {
  try {
    const MappedModelFile file(path);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kBadInput);
    return error.what();
  }
  return "";
}

TEST_F(ModelFileDamage, FilesOnADisk) {
  const std::string folder = testing::TempDir() + "/model_file_damage";
  std::filesystem::create_directories(folder);
  const auto put = [&](const Bytes& bytes) {
    const std::string path = folder + "/x.slim";
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<int64_t>(bytes.size()));
    return path;
  };
  const std::string path = put(tail_);
  EXPECT_EQ(RefusalOf(path), "");
  EXPECT_EQ(ModelFileBytes(MappedModelFile(path).file()), tail_);
  tail_[100] ^= 1;
  put(tail_);
  const std::string damaged = RefusalOf(path);
  EXPECT_NE(damaged.find(path + ": byte 24: "), std::string::npos) << damaged;
  EXPECT_NE(damaged.find("damaged"), std::string::npos) << damaged;
  put({});
  EXPECT_NE(RefusalOf(path).find("empty"), std::string::npos);
  EXPECT_NE(RefusalOf(folder).find("no regular file"), std::string::npos);
  EXPECT_NE(RefusalOf(folder + "/none").find("none: cannot be opened"), std::string::npos);
}

}  // namespace
}  // namespace slim
