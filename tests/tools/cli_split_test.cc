// train --split-at: a split network learns from a teacher in two stages, and what does not fit is
// refused.
#include <algorithm>

#include "autograd/model_file.h"
#include "tests/tools/cli_support.h"

namespace slim {
namespace {

using Arguments = std::vector<std::string>;

class CliSplit : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = CliFolder();
    teacher_ = folder_ + "/teacher";
    const CliResult made = Cli(Common({"--net", "plain-cnn", "--out", teacher_}));
    ASSERT_EQ(made.exit_code, 0) << made.err;
    teacher_ += "/model.safetensors";
  }

  // `more` replaces what it names, and what its options stand instead of.
  static Arguments Merged(const Arguments& usual, const Arguments& more) {
    const auto has = [&](const std::string& option) {
      return std::find(more.begin(), more.end(), option) != more.end();
    };
    Arguments all = {"--quiet", "train"};
    for (size_t i = 0; i < usual.size(); i += 2) {
      if (has(usual[i])) continue;
      if (usual[i] == "--members" && has("--encoder-widths")) continue;
      if (usual[i] == "--bits" && has("--rates")) continue;
      all.insert(all.end(), {usual[i], usual[i + 1]});
    }
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  static Arguments Common(const Arguments& more) {
    return Merged({"--data", "synthetic:size=64", "--epochs", "1", "--batch", "16",
                   "--evaluate-every", "9", "--optimizer", "adam", "--rate", "1e-3"},
                  more);
  }

  Arguments Split(const std::string& out, const Arguments& more) const {
    Arguments all = Merged({"--teacher",
                            teacher_,
                            "--widths-per-step",
                            "3",
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
                            "--split-at",
                            "bn2",
                            "--method",
                            "distillation",
                            "--out",
                            folder_ + "/" + out},
                           more);
    all.erase(all.begin(), all.begin() + 2);
    return Common(all);
  }
  // The first stage: features at the decoder's end and in the teacher's tail.
  Arguments Stage1(const std::string& out, const Arguments& more = {}) const {
    Arguments all = Merged({"--tap", "bn2=decoder.out,bn3=bn3", "--logits-weight", "0"}, more);
    all.erase(all.begin(), all.begin() + 2);
    return Split(out, all);
  }

  std::string folder_, teacher_;
};

TEST_F(CliSplit, ATrainingGoesOnWithAsManyBlocksOfTheDecoder) {
  const CliResult run = Cli(Stage1("blocks", {"--decoder-blocks", "1"}));
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const CliResult inspected = Cli({"inspect", folder_ + "/blocks/model.safetensors"});
  EXPECT_NE(inspected.out.find("decoder.block1.add"), std::string::npos) << inspected.out;
  EXPECT_EQ(inspected.out.find("decoder.block2"), std::string::npos) << inspected.out;
  EXPECT_NE(inspected.out.find("--decoder-blocks 1"), std::string::npos) << inspected.out;
  Arguments other = Stage1("blocks", {"--decoder-blocks", "2"});
  other.push_back("--resume");
  const CliResult resumed = Cli(other);
  EXPECT_NE(resumed.exit_code, 0);
  EXPECT_NE(resumed.err.find("decoder-blocks"), std::string::npos) << resumed.err;
}

// Bits have a price: with a high one the same training ends with fewer of them.
TEST_F(CliSplit, ASlicedEncoderLearnsWhatBitsCost) {
  const auto bits = [&](const std::string& out, const std::string& weights) {
    const CliResult run =
        Cli(Stage1(out, {"--encoder-widths", "0.5,1", "--rates", "2", "--rate-weights", weights,
                         "--epochs", "6", "--rate", "1e-2"}));
    EXPECT_EQ(run.exit_code, 0) << run.err;
    for (const char* mode : {"0.5:1", "0.5:2", "1:1", "1:2"}) {
      EXPECT_NE(run.out.find(mode), std::string::npos) << run.out;
    }
    const std::string log = ReadText(folder_ + "/" + out + "/train.jsonl");
    const std::string mode = "\"1:2\":";
    return std::stod(log.substr(log.find(mode, log.rfind("\"bits\"")) + mode.size()));
  };
  const double cheap = bits("cheap", "0,0"), dear = bits("dear", "100,100");
  EXPECT_LT(dear, 0.8 * cheap);
  // What the prior foresaw is about what the codec needs.
  const CliResult exported =
      Cli({"--quiet", "--json", "export", "--model", folder_ + "/dear/model.safetensors", "--data",
           "synthetic:size=64", "--coding", "prior", "--out", folder_ + "/halves"});
  ASSERT_EQ(exported.exit_code, 0) << exported.err;
  const std::string key = "\"bytes\":";
  const size_t at = exported.out.find(key, exported.out.find("1:2"));
  ASSERT_NE(at, std::string::npos) << exported.out;
  EXPECT_NEAR(std::stod(exported.out.substr(at + key.size())), dear / 8, 0.15 * dear / 8 + 8)
      << exported.out;
  EXPECT_EQ(Cli({"--quiet", "export", "--model", teacher_, "--cut", "bn2", "--coding", "prior",
                 "--out", folder_ + "/no"})
                .exit_code,
            2);
}

TEST_F(CliSplit, RatesAndTheirPricesMustFit) {
  EXPECT_EQ(Cli(Stage1("no", {"--rate-weights", "1"})).exit_code, 2);
  EXPECT_EQ(Cli(Stage1("no", {"--rates", "2", "--rate-weights", "1"})).exit_code, 2);
  EXPECT_EQ(Cli(Stage1("no", {"--rates", "2", "--rate-weights", "1,-1"})).exit_code, 2);
  EXPECT_EQ(Cli(Stage1("no", {"--encoder-widths", "0.25,0.5"})).exit_code, 2);
}

TEST_F(CliSplit, OneKindOfEncoderAndOneOfBottleneck) {
  ExpectRefusal(Cli(Stage1("no", {"--rates", "2", "--bits", "2"})), 2, {"--rates", "--bits"});
  ExpectRefusal(Cli(Stage1("no", {"--encoder-widths", "0.5,1", "--members", "2"})), 2,
                {"--encoder-widths", "--members"});
}

TEST_F(CliSplit, TwoStagesGiveANetworkWithAModePerRow) {
  const CliResult first = Cli(Stage1("one", {"--freeze", "conv3,bn3,linear"}));
  ASSERT_EQ(first.exit_code, 0) << first.err;
  for (const char* mode : {"1.1", "1.2", "2.1", "2.2"}) {
    EXPECT_NE(first.out.find(mode), std::string::npos) << first.out;
  }
  const CliResult second = Cli(Split(
      "two", {"--freeze", "encoder,bottleneck", "--init", folder_ + "/one/model.safetensors"}));
  ASSERT_EQ(second.exit_code, 0) << second.err;
  // What was frozen is the same in both files, to the bit; what learned is not.
  const LoadedModel one = LoadModel(folder_ + "/one/model.safetensors");
  const LoadedModel two = LoadModel(folder_ + "/two/model.safetensors");
  EXPECT_EQ(one.info.calibrated, std::vector<bool>(4, true));
  const auto same = [&](const char* name) {
    return one.parameters->Find(name)->value == two.parameters->Find(name)->value;
  };
  for (const char* name : {"encoder.member1.conv2.weight", "bottleneck.range"}) {
    EXPECT_TRUE(same(name)) << name;
  }
  for (const char* name : {"decoder.stage1.conv.weight", "conv3.weight"}) {
    EXPECT_FALSE(same(name)) << name;
  }
}

TEST_F(CliSplit, RefusesWhatDoesNotFit) {
  ExpectRefusal(Cli(Common({"--split-at", "bn2"})), 2, {"--split-at needs --method distillation"});
  ExpectRefusal(Cli(Stage1("no", {"--freeze", "nothing"})), 2,
                {"--freeze nothing", "no node that learns"});
  ExpectRefusal(Cli(Stage1("no", {"--ema-decay", "0.9"})), 2, {"--ema-decay", "--split-at"});
  ExpectRefusal(Cli(Stage1("no", {"--members", "9"})), 2, {"--members must lie in [1, 8]"});
  ExpectRefusal(Cli(Stage1("no", {"--widths-per-step", "-1"})), 2, {"--widths-per-step"});
  ExpectRefusal(Cli(Stage1("no", {"--init", folder_ + "/none"})), 3, {"none"});
  ExpectRefusal(Cli(Common({"--net", "slimmable-encoder"})), 2, {"tells no classes apart"});
}

TEST_F(CliSplit, ACheckpointOfOtherModesIsRefused) {
  ASSERT_EQ(Cli(Stage1("run")).exit_code, 0);
  ExpectRefusal(Cli(Stage1("run", {"--latent", "3", "--resume"})), 2, {"latent"});
}

}  // namespace
}  // namespace slim
