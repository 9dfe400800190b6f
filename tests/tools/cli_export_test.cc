// export and eval --split: two files that do together what the model does, with real bytes between.
#include "tests/tools/cli_support.h"

namespace slim {
namespace {

using Arguments = std::vector<std::string>;
using Lines = std::vector<nlohmann::json>;

// One line per mode, without the time, which differs from run to run.
Lines ModesOf(const CliResult& result) {
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.err, "");
  Lines lines = JsonLinesOf(result.out);
  for (nlohmann::json& line : lines) {
    if (line.contains("head_ms")) {
      EXPECT_GT(line["head_ms"], 0);
      line.erase("head_ms");
    }
  }
  return lines;
}

// Accuracies of the same network may differ where two classes are all but equal.
void ExpectAlike(const Lines& split, const Lines& whole, int images) {
  ASSERT_EQ(split.size(), whole.size());
  for (size_t i = 0; i < split.size(); ++i) {
    EXPECT_EQ(split[i]["mode"], whole[i]["width"]);
    EXPECT_NEAR(split[i]["accuracy"].get<double>(), whole[i]["accuracy"].get<double>(),
                1.01 / images);
  }
}

class CliExport : public testing::Test {
 protected:
  void SetUp() override { folder_ = CliFolder(); }

  CliResult Export(const std::string& model, const std::string& cut, const Arguments& more) {
    Arguments all = {"--quiet", "--json", "export", model,
                     "--cut",   cut,      "--out",  folder_ + "/split"};
    all.insert(all.end(), more.begin(), more.end());
    return Cli(all);
  }
  CliResult EvalSplit(const std::string& data) {
    return Cli({"--quiet", "--json", "eval", "--split", folder_ + "/split", "--data", data});
  }

  std::string folder_;
};

TEST_F(CliExport, EvalAnswersInBf16Too) {
  const std::string data = "idx:" + WriteGrayImages(folder_ + "/images", 8, 4) + ",classes=4";
  const std::string model = TrainTiny(folder_ + "/model", data, true);
  std::vector<std::string> eval = {"--quiet", "--json", "eval", model, "--data", data};
  const Lines whole = JsonLinesOf(Cli(eval).out);
  eval.insert(eval.end(), {"--precision", "bf16"});
  const Lines low = JsonLinesOf(Cli(eval).out);
  ASSERT_EQ(low.size(), whole.size());
  for (size_t i = 0; i < whole.size(); ++i) {
    const double loss = whole[i]["loss"], low_loss = low[i]["loss"];
    EXPECT_NE(low_loss, loss) << "ran in float";
    EXPECT_NEAR(low_loss, loss, 0.02 * loss);
  }
  eval.back() = "fp16";
  ExpectRefusal(Cli(eval), 2, {"--precision", "\"fp16\""});
}

TEST_F(CliExport, AfterAnyNodeWithAQuantiserFittedToImages) {
  const std::string data = "idx:" + WriteGrayImages(folder_ + "/images", 8, 4) + ",classes=4";
  const std::string model = TrainTiny(folder_ + "/model", data, true);
  const Lines whole = JsonLinesOf(Cli({"--quiet", "--json", "eval", model, "--data", data}).out);
  const Lines raw = ModesOf(Export(model, "bn2", {"--data", data}));
  ASSERT_EQ(raw.size(), 2u);
  // 4 x 4 pixels of 16 and 32 channels, a byte each.
  EXPECT_EQ(raw[0]["bytes"], 256.0);
  EXPECT_EQ(raw[1]["bytes"], 512.0);
  EXPECT_EQ(raw[1]["images"], 64);
  ExpectAlike(raw, whole, 64);
  EXPECT_EQ(ModesOf(EvalSplit(data)), raw);

  const Lines rans = ModesOf(Export(model, "bn2", {"--data", data, "--coding", "rans"}));
  ASSERT_EQ(rans.size(), 2u);
  for (size_t i = 0; i < rans.size(); ++i) {
    EXPECT_LT(rans[i]["bytes"], raw[i]["bytes"]);
    EXPECT_EQ(rans[i]["accuracy"], raw[i]["accuracy"]);
  }
  EXPECT_EQ(ModesOf(EvalSplit(data)), rans);
  // The same command writes the same bytes.
  const std::string head = ReadText(folder_ + "/split/head.slim");
  ModesOf(Export(model, "bn2", {"--data", data, "--coding", "rans"}));
  EXPECT_EQ(ReadText(folder_ + "/split/head.slim"), head);
}

TEST_F(CliExport, TheCodecTakesThePlaceOfALearnedQuantiser) {
  const std::string data = "synthetic:size=256";
  const Arguments common = {"--quiet", "train", "--data", data,   "--epochs",    "1",
                            "--batch", "16",    "--rate", "3e-3", "--optimizer", "adam"};
  Arguments teacher = common, student = common;
  teacher.insert(teacher.end(), {"--net", "plain-cnn", "--out", folder_ + "/teacher"});
  ASSERT_EQ(Cli(teacher).exit_code, 0);
  student.insert(student.end(), {"--teacher",
                                 folder_ + "/teacher/model.safetensors",
                                 "--method",
                                 "distillation",
                                 "--split-at",
                                 "bn2",
                                 "--members",
                                 "2",
                                 "--bits",
                                 "2",
                                 "--encoder-channels",
                                 "4",
                                 "--latent",
                                 "2",
                                 "--decoder-channels",
                                 "8",
                                 "--calibrate-batches",
                                 "2",
                                 "--out",
                                 folder_ + "/student"});
  const CliResult trained = Cli(student);
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  const std::string model = folder_ + "/student/model.safetensors";

  const Lines modes = ModesOf(Export(model, "bottleneck", {}));
  ASSERT_EQ(modes.size(), 4u);
  for (size_t i = 0; i < modes.size(); ++i) {
    EXPECT_EQ(modes[i]["bytes"], i % 2 == 0 ? 16 : 32) << modes[i];  // 2 x 8 x 8, 1 or 2 bits each
    EXPECT_FALSE(modes[i].contains("accuracy"));
  }
  EXPECT_LT(modes[0]["head_macs"], modes[2]["head_macs"]);  // one member, two members
  const Lines whole = JsonLinesOf(Cli({"--quiet", "--json", "eval", model, "--data", data}).out);
  ExpectAlike(ModesOf(EvalSplit(data)), whole, 64);
  // Entropy coding where it is shorter.
  const Lines coded = ModesOf(Export(model, "bottleneck", {"--data", data, "--coding", "rans"}));
  ASSERT_EQ(coded.size(), 4u);
  for (size_t i = 0; i < modes.size(); ++i) EXPECT_LE(coded[i]["bytes"], modes[i]["bytes"]);
}

TEST_F(CliExport, BaselinesStandBesideTheModes) {
  const std::string data = "idx:" + WriteGrayImages(folder_ + "/images", 8, 4) + ",classes=4";
  const std::string model = TrainTiny(folder_ + "/model", data, true);
  const Lines whole = JsonLinesOf(Cli({"--quiet", "--json", "eval", model, "--data", data}).out);
  const Lines modes = ModesOf(Export(model, "bn2", {"--data", data}));
  const CliResult result = Cli({"--quiet", "--json", "eval", "--split", folder_ + "/split",
                                "--data", data, "--teacher", model});
  const Lines lines = ModesOf(result);
  ASSERT_EQ(lines.size(), 2u + 1 + 10 + 6 + 1);
  EXPECT_EQ(Lines(lines.begin(), lines.begin() + 2), modes);
  const nlohmann::json& local = lines[2];
  EXPECT_EQ(local["baseline"], "local");
  EXPECT_EQ(local["bytes"], 0.0);
  EXPECT_EQ(local["head_macs"], whole[1]["macs"]);
  EXPECT_EQ(local["head_parameters"], whole[1]["parameters"]);
  EXPECT_NEAR(local["accuracy"].get<double>(), whole[1]["accuracy"].get<double>(), 1.01 / 64);
  EXPECT_EQ(lines[3]["baseline"], "jpeg");
  EXPECT_EQ(lines[3]["quality"], 10);
  // Gray: start 2, JFIF 18, a table of 69, frame 13, Huffman tables 33 + 183, scan header 10, end
  // 2.
  EXPECT_NEAR(lines[3]["bytes"].get<double>() - lines[3]["bytes_without_header"].get<double>(), 330,
              1e-9);
  EXPECT_EQ(lines[3]["head_macs"], 0);
  EXPECT_EQ(lines[13]["baseline"], "webp");
  EXPECT_EQ(lines[19]["baseline"], "png");
  EXPECT_EQ(lines[19]["accuracy"], whole[1]["accuracy"]);  // lossless
  EXPECT_EQ(lines[19]["images"], 64);
  ExpectRefusal(Cli({"eval", model, "--data", data, "--teacher", model}), 2, {"--split"});
  ExpectRefusal(Cli({"eval", "--split", folder_ + "/split", "--data", data, "--teacher",
                     TrainTiny(folder_ + "/raw", data, false)}),
                2, {"--teacher", "not calibrated"});
}

TEST_F(CliExport, Refusals) {
  const std::string data = "idx:" + WriteGrayImages(folder_ + "/images", 8, 4) + ",classes=4";
  const std::string model = TrainTiny(folder_ + "/model", data, true);
  ExpectRefusal(Export(model, "bn9", {"--data", data}), 2, {"\"bn9\"", "inspect"});
  ExpectRefusal(Export(model, "linear", {"--data", data}), 2,
                {"\"linear\"", "nothing lies behind"});
  ExpectRefusal(Export(model, "bn2", {}), 2, {"\"bn2\"", "--data"});
  ExpectRefusal(Export(model, "bn2", {"--data", "synthetic"}), 2, {"32x32x3", "8x8x1"});
  ExpectRefusal(Export(model, "bn2", {"--data", data, "--coding", "zip"}), 2, {"zip"});
  ExpectRefusal(Export(TrainTiny(folder_ + "/raw", data, false), "bn2", {"--data", data}), 2,
                {"not calibrated"});
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/split"));

  ASSERT_EQ(Export(model, "bn2", {"--data", data}).exit_code, 0);
  const std::string head = folder_ + "/split/head.slim", tail = folder_ + "/split/tail.slim";
  const std::string first = ReadText(head);
  ExpectRefusal(EvalSplit("synthetic"), 2, {"32x32x3", "8x8x1"});
  ExpectRefusal(Cli({"eval", model, "--split", folder_ + "/split", "--data", data}), 2,
                {"one of the two"});
  ASSERT_EQ(Export(model, "bn1", {"--data", data}).exit_code, 0);
  WriteText(head, first);
  ExpectRefusal(EvalSplit(data), 3, {folder_ + "/split", "different models"});
  std::string damaged = first;
  damaged[200] = static_cast<char>(damaged[200] ^ 4);
  WriteText(head, damaged);
  ExpectRefusal(EvalSplit(data), 3, {head, "byte 24", "damaged"});
  std::filesystem::remove(tail);
  WriteText(head, first);
  ExpectRefusal(EvalSplit(data), 3, {tail, "check the path"});
}

}  // namespace
}  // namespace slim
