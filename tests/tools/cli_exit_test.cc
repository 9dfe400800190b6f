// train --exit-of and export --exit: a head learns to answer alone, and stays as it is.
#include "autograd/model_file.h"
#include "tests/tools/cli_link_support.h"

namespace slim {
namespace {

using Lines = std::vector<nlohmann::json>;

class CliExit : public testing::Test {
 protected:
  void SetUp() override { folder_ = CliFolder(); }
  std::string folder_;
};

TEST_F(CliExit, TheHeadStaysAndTheExitGoesIntoItsFile) {
  const TinySplit split(folder_);
  const LoadedModel model = LoadModel(split.model), exit = LoadModel(split.exit);
  EXPECT_EQ(exit.graph.width_names(), model.graph.width_names());
  int taken = 0;
  for (int64_t p = 0; p < exit.parameters->size(); ++p) {
    const Parameter<float>& of_exit = (*exit.parameters)[p];
    if (of_exit.name.rfind("exit.", 0) == 0) continue;
    const Parameter<float>* of_model = model.parameters->Find(of_exit.name);
    ASSERT_NE(of_model, nullptr) << of_exit.name;
    EXPECT_EQ(of_exit.value, of_model->value) << of_exit.name;
    ++taken;
  }
  EXPECT_EQ(taken, 2 * (1 + 2 * 4));  // two convolutions; norms at two widths

  const CliResult with = split.Export(split.halves, {"--exit", split.exit});
  ASSERT_EQ(with.exit_code, 0) << with.err;
  EXPECT_EQ(with.err, "");
  const Lines lines = JsonLinesOf(with.out);
  ASSERT_EQ(lines.size(), 4u);
  WriteText(folder_ + "/export.jsonl", with.out);
  const CliResult report =
      Cli({"report", folder_ + "/export.jsonl", "--out", folder_ + "/report.html"});
  EXPECT_EQ(report.exit_code, 0) << report.err;
  // The accuracy is that of the exit's own file.
  const CliResult evaluated = Cli({"--quiet", "--json", "eval", split.exit, "--data", split.data});
  const Lines whole = JsonLinesOf(evaluated.out);
  ASSERT_EQ(whole.size(), 2u) << evaluated.err;
  for (size_t row = 0; row < 2; ++row) {
    EXPECT_EQ(lines[2 + row]["local_exit"], whole[row]["width"]);
    EXPECT_NEAR(lines[2 + row]["accuracy"].get<double>(), whole[row]["accuracy"].get<double>(),
                1.01 / 64);
  }
  EXPECT_GT(lines[3]["accuracy"], 0.4);  // of four classes

  // The halves do together what they do without it.
  const auto eval = [&] {
    Lines modes = JsonLinesOf(
        Cli({"--quiet", "--json", "eval", "--split", split.halves, "--data", split.data}).out);
    for (nlohmann::json& mode : modes) mode.erase("head_ms");
    return modes;
  };
  const std::string head = ReadText(split.head());
  const Lines modes = eval();
  ASSERT_EQ(split.Export(split.halves, {}).exit_code, 0);
  EXPECT_LT(ReadText(split.head()).size() + 20000, head.size());
  EXPECT_EQ(eval(), modes);

  // Any network that goes on from this head will do, the model itself as well.
  const CliResult whole_alone = split.Export(split.halves, {"--exit", split.model});
  ASSERT_EQ(whole_alone.exit_code, 0) << whole_alone.err;
  EXPECT_GT(JsonLinesOf(whole_alone.out).at(3)["exit_macs"], lines[3]["exit_macs"].get<int>() / 2);
}

TEST_F(CliExit, Refusals) {
  const TinySplit split(folder_);
  const std::string other = TrainTiny(folder_ + "/other", split.data, true, {"--seed", "2"});
  const std::string of_other = TrainTiny(folder_ + "/other_exit", split.data, true,
                                         {"--exit-of", other, "--exit-cut", "bn2"});
  ExpectRefusal(split.Export(split.halves, {"--exit", of_other}), 2,
                {"another head", "conv1.weight differs"});
  const std::string at_bn1 = TrainTiny(folder_ + "/bn1_exit", split.data, true,
                                       {"--exit-of", split.model, "--exit-cut", "bn1"});
  ExpectRefusal(split.Export(split.halves, {"--exit", at_bn1}), 2, {"\"bn2\""});
  EXPECT_FALSE(std::filesystem::exists(split.halves));

  const auto train = [&](const std::vector<std::string>& more, const std::string& data = "") {
    std::vector<std::string> all = {
        "--quiet",  "train", "--data",  data.empty() ? split.data : data,
        "--epochs", "1",     "--batch", "16"};
    all.insert(all.end(), more.begin(), more.end());
    return Cli(all);
  };
  ExpectRefusal(train({"--exit-cut", "bn2"}), 2, {"--exit-of"});
  ExpectRefusal(train({"--exit-of", split.model}), 2, {"\"bottleneck\""});
  ExpectRefusal(train({"--exit-of", split.model, "--exit-cut", "bn2", "--normalization", "mnist"}),
                2, {"--normalization"});
  ExpectRefusal(train({"--exit-of", split.model, "--exit-cut", "bn2"}, "synthetic:size=64"), 2,
                {"8x8x1", "32x32x3"});
  ExpectRefusal(train({"--exit-of", split.model, "--exit-cut", "bn2", "--ema-decay", "0.9"}), 2,
                {"--ema-decay"});
}

}  // namespace
}  // namespace slim
