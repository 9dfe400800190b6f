// Halves of a split network as files: what is written is what is read, and it runs in place.
#include "split/runtime/model_file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/split/runtime/model_file_support.h"

namespace slim {
namespace {

TEST(ModelFile, HeaderByHand) {
  SmallSplit split;
  const Bytes head = ModelFileBytes(split.head());
  const Bytes expected = {'s', 'l', 'm', 'M', 1, 0, 1, 1};
  EXPECT_EQ(Bytes(head.begin(), head.begin() + 8), expected);
  EXPECT_EQ(LoadLe64(&head[8]), head.size());
  EXPECT_EQ(LoadLe64(&head[16]), 0x123456789abcdef0u);
  EXPECT_EQ(LoadLe16(&head[28]), 3);  // rows
  EXPECT_EQ(LoadLe16(&head[30]), 4);  // spaces
  EXPECT_EQ(LoadLe16(&head[32]), 2);  // nodes
  EXPECT_EQ(LoadLe16(&head[34]), 4);  // classes
  // Weight and bias for all rows; scale, shift, mean and variance for each of three.
  EXPECT_EQ(LoadLe32(&head[36]), 2u + 3 * 4);
  EXPECT_EQ(std::string(head.begin() + 40, head.begin() + 44), "imag");
}

TEST(ModelFile, WrittenReadAndWrittenIsTheSame) {
  SmallSplit split;
  for (const ModelFile* half : {&split.head(), &split.tail()}) {
    const Bytes bytes = ModelFileBytes(*half);
    const ParsedFile parsed(bytes);
    ASSERT_TRUE(parsed.status.ok()) << parsed.status.text;
    EXPECT_EQ(ModelFileBytes(parsed.file), bytes);
  }
}

TEST(ModelFile, HoldsWhatWasWritten) {
  SmallSplit split;
  const ParsedFile parsed(ModelFileBytes(split.head()));
  const ModelFile& file = parsed.file;
  ASSERT_TRUE(parsed.status.ok()) << parsed.status.text;
  EXPECT_EQ(file.part, ModelPart::kHead);
  EXPECT_EQ(file.digest, split.head().digest);
  EXPECT_EQ(file.image_height, 8);
  EXPECT_EQ(file.image_width, 6);
  EXPECT_EQ(file.mean[1], 0.25f);
  EXPECT_EQ(file.std[0], 0.125f);
  ASSERT_EQ(file.num_classes, 4);
  EXPECT_STREQ(file.class_names[2], "b\xc3\xa4r");
  ASSERT_EQ(file.graph.plan.rows, 3);
  EXPECT_STREQ(file.graph.nodes[1].name, "encoder.bn");
  const ModelMode& mode = file.modes[1];
  EXPECT_STREQ(mode.name, "2.4");
  EXPECT_EQ(mode.accuracy, 5001);
  EXPECT_EQ(mode.head_macs, 2000u);
  EXPECT_EQ(file.features[1].coding, Coding::kRans);
  EXPECT_EQ(file.features[1].quantizer.scale, 0.2f);
  EXPECT_EQ(file.features[1].pixels, 12);
  EXPECT_EQ(file.features[1].channels, 4);
  EXPECT_EQ(file.features[2].channels, 6);
  EXPECT_EQ(file.features[2].coding, Coding::kRawBits);
  // In place, at multiples of 64.
  const float* weights = file.weights.find(file.weights.context, 0, 0, 2);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(weights) % 64, 0u);
  EXPECT_EQ(file.weights.find(file.weights.context, 9, 0, 0), nullptr);
}

TEST(ModelFile, HeadAndTailAreTheWholeAtEveryRow) {
  SmallSplit split;
  const ParsedFile head(ModelFileBytes(split.head())), tail(ModelFileBytes(split.tail()));
  ASSERT_TRUE(head.status.ok() && tail.status.ok());
  ASSERT_TRUE(JudgePair(head.file, tail.file).ok());
  std::vector<float> image(8 * 6 * 2);
  Random random(4);
  for (float& v : image) v = random.Uniform(-1, 1);
  for (Width row = 0; row < 3; ++row) {
    const std::vector<float> expected = RunFile(split.whole(), row, image);
    const std::vector<float> latent = RunFile(head.file, row, image);
    ASSERT_EQ(static_cast<int64_t>(latent.size()), head.file.features[row].symbols());
    const std::vector<float> answer = RunFile(tail.file, row, latent);
    ASSERT_EQ(answer.size(), 4u);
    EXPECT_EQ(answer, expected) << "row " << row;
  }
}

TEST(ModelFile, AHeadThatCanAnswerAlone) {
  SmallSplit split;
  const Bytes without = ModelFileBytes(split.head());
  EXPECT_FALSE(ParsedFile(without).file.exit.present());
  const uint64_t digest = DigestOf(split.head(), split.tail());
  split.AddExit();
  const Bytes bytes = ModelFileBytes(split.head());
  EXPECT_EQ(std::string(without.begin(), without.end()).find("exit"), std::string::npos);
  const size_t exit = std::string(bytes.begin(), bytes.end()).find("exit");
  // The new section stands before the parameters; what is before it is as it was, but for length,
  // CRC and the number of parameters.
  EXPECT_TRUE(std::equal(bytes.begin() + 40, bytes.begin() + static_cast<int64_t>(exit),
                         without.begin() + 40));
  EXPECT_EQ(std::string(&without[exit], &without[exit] + 4), "parm");
  EXPECT_EQ(LoadLe32(&bytes[36]), LoadLe32(&without[36]) + 3 * 4 + 2);
  EXPECT_NE(DigestOf(split.head(), split.tail()), digest);

  const ParsedFile parsed(bytes);
  ASSERT_TRUE(parsed.status.ok()) << parsed.status.text;
  EXPECT_EQ(ModelFileBytes(parsed.file), bytes);
  ASSERT_TRUE(parsed.file.exit.present());
  const ModelExit& there = parsed.file.exit;
  EXPECT_EQ(there.modes[2].accuracy, 4002);
  EXPECT_EQ(there.modes[2].macs, 300u);
  EXPECT_STREQ(there.graph.nodes[2].name, "exit.linear");
  // It runs, with numbers of its own at each row; the head is what it was.
  std::vector<float> image(8 * 6 * 2, 0.5f);
  for (Width row = 0; row < 3; ++row) {
    const std::vector<float> latent = RunFile(parsed.file, row, image);
    EXPECT_EQ(latent, RunFile(ParsedFile(without).file, row, image));
    const std::vector<float> scores = RunGraph(there.graph, there.weights, row, latent);
    ASSERT_EQ(scores.size(), 4u);
    EXPECT_EQ(scores, RunGraph(split.head().exit.graph, split.head().exit.weights, row, latent));
  }
}

TEST(ModelFile, JudgePairRefusesStrangers) {
  SmallSplit split;
  EXPECT_TRUE(JudgePair(split.head(), split.tail()).ok());
  EXPECT_FALSE(JudgePair(split.tail(), split.tail()).ok());
  EXPECT_FALSE(JudgePair(split.head(), split.head()).ok());
  split.tail().digest ^= 1;
  EXPECT_FALSE(JudgePair(split.head(), split.tail()).ok());
}

TEST(ModelFile, TheDigestTellsModelsApart) {
  SmallSplit split;
  const uint64_t digest = DigestOf(split.head(), split.tail());
  split.head().digest = split.tail().digest = digest;
  EXPECT_EQ(DigestOf(split.head(), split.tail()), digest);
  split.features()[0].quantizer.zero += 1;
  EXPECT_NE(DigestOf(split.head(), split.tail()), digest);
}

TEST(ModelFile, WriterRefusesWhatCouldNotBeRead) {
  SmallSplit split;
  const auto refused = [](const ModelFile& file) {
    try {
      ModelFileBytes(file);
    } catch (const std::exception& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(refused(split.head()), "");
  split.modes()[1].name = "1.3";
  EXPECT_NE(refused(split.head()).find("name of its own"), std::string::npos);
  const std::string longest(255, 'n'), longer(256, 'n');
  split.modes()[1].name = longest.c_str();
  EXPECT_EQ(refused(split.head()), "");
  split.modes()[1].name = longer.c_str();
  EXPECT_NE(refused(split.head()).find("255"), std::string::npos);
  split.modes()[1].name = "bell\a";
  EXPECT_NE(refused(split.head()).find("control"), std::string::npos);
  split.modes()[1].name = "2.4";
  const char* const two[] = {"cat", "dog"};
  split.tail().class_names = two;
  split.tail().num_classes = 2;
  EXPECT_NE(refused(split.tail()).find("classes"), std::string::npos);
  split.modes()[0].payload_bytes = 10;  // 3 bits of 24 symbols
  EXPECT_NE(refused(split.head()).find("more bytes"), std::string::npos);
}

// Frozen: files of version 1 are read for ever.
TEST(ModelFile, GoldenFiles) {
  SmallSplit split;
  for (const ModelFile* half : {&split.head(), &split.tail()}) {
    const std::string path = std::string("tests/golden/model/") +
                             (half->part == ModelPart::kHead ? "head" : "tail") + "_v1.slim";
    std::ifstream in(path, std::ios::binary);
    const Bytes golden{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    ASSERT_FALSE(golden.empty()) << path;
    const ParsedFile parsed(golden);
    ASSERT_TRUE(parsed.status.ok()) << path << ": " << parsed.status.text;
    EXPECT_EQ(ModelFileBytes(parsed.file), golden);
    EXPECT_EQ(ModelFileBytes(*half), golden);
  }
}

}  // namespace
}  // namespace slim
