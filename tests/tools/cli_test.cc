// Exit codes, and what goes to standard output and standard error.
#include <map>

#include "tests/tools/cli_support.h"

namespace slim {
namespace {

const std::map<std::string, std::vector<std::string>> kOptions = {
    {"", {"--threads", "--seed", "--isa", "--json", "--quiet", "--config"}},
    {"demo", {"--out"}},
    {"train",
     {"--data",
      "--augment",
      "--normalization",
      "--hold-out",
      "--net",
      "--widths",
      "--affine",
      "--divisor",
      "--epochs",
      "--batch",
      "--method",
      "--smoothing",
      "--optimizer",
      "--sandwich-widths",
      "--teacher",
      "--alpha",
      "--tau",
      "--logits-weight",
      "--feature-weight",
      "--tap",
      "--momentum",
      "--inplace-distillation",
      "--nesterov",
      "--weight-decay",
      "--decay-vectors",
      "--rate",
      "--schedule",
      "--gamma",
      "--step-epochs",
      "--milestones",
      "--warmup-epochs",
      "--warmup-start",
      "--clip-norm",
      "--ema-decay",
      "--out",
      "--calibrate-batches",
      "--resume",
      "--evaluate-every",
      "--loader-threads",
      "--checkpoint-seconds"}},
    {"eval", {"--data", "--width", "--batch"}},
    {"calibrate", {"--data", "--widths", "--batches", "--batch", "--out"}},
    {"inspect", {"--net", "--widths", "--size", "--classes", "--width"}},
    {"import", {"--net", "--weights", "--out", "--widths"}},
    {"doctor", {}},
};

TEST(Cli, HelpOfEachCommandExplainsEachOption) {
  for (const auto& [command, options] : kOptions) {
    const CliResult result = command.empty() ? Cli({"--help"}) : Cli({command, "--help"});
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_EQ(result.err, "");
    if (!command.empty()) {
      EXPECT_NE(Cli({"--help"}).out.find("\n  " + command + " "), std::string::npos);
    }
    for (const std::string& option : options) {
      const size_t at = result.out.find(option + " ");
      ASSERT_NE(at, std::string::npos) << command << " " << option;
      // The explanation is on the same line or, when the name is long, alone on the next.
      const std::string rest = result.out.substr(at, result.out.find("\n  -", at) - at);
      EXPECT_NE(rest.find_first_of("abcdefghijklmnopqrstuvwxyz", option.size()), std::string::npos)
          << command << " " << option;
    }
  }
}

TEST(Cli, WrongUseIs2) {
  ExpectRefusal(Cli({}), 2, {"a sub-command is missing", "train", "doctor"});
  ExpectRefusal(Cli({"frob"}), 2, {"\"frob\"", "train", "doctor"});
  ExpectRefusal(Cli({"train", "--frob"}), 2, {"--frob"});
  ExpectRefusal(Cli({"train", "--epochs", "0"}), 2, {"--epochs", "1 to"});
  ExpectRefusal(Cli({"train", "--epochs", "many"}), 2, {"--epochs", "many"});
  ExpectRefusal(Cli({"--threads", "65", "doctor"}), 2, {"--threads"});
  ExpectRefusal(Cli({"eval", "--data", "synthetic"}), 2, {"model"});
  ExpectRefusal(Cli({"calibrate", "m.safetensors", "--data", "synthetic"}), 2, {"--out"});
  ExpectRefusal(Cli({"inspect"}), 2, {"model file", "--net"});
  ExpectRefusal(Cli({"inspect", "m.safetensors", "--net", "resnet8"}), 2, {"model file", "--net"});
  ExpectRefusal(Cli({"inspect", "--size", "8x8x1"}), 2, {"--size", "--net"});
  ExpectRefusal(Cli({"inspect", "--net", "resnet8", "--size", "8x8"}), 2, {"8x8", "32x32x3"});
  ExpectRefusal(Cli({"inspect", "--net", "resnet8", "--size", "8x8x1x"}), 2, {"8x8x1x"});
  ExpectRefusal(Cli({"inspect", "--net", "resnet8", "--widths", "1,0.5"}), 2, {"0.5"});
  ExpectRefusal(Cli({"inspect", "--net", "resnet8", "--width", "0.3"}), 2, {"\"0.3\"", "it has 1"});
}

// Judged by the trainer, not by the parser: in the words of the command line all the same.
TEST(Cli, ValuesThatMakeNoSenseAreRefusedByTheOptionsName) {
  const auto refuse = [](const std::string& option, const std::string& value,
                         const std::vector<std::string>& parts) {
    std::vector<std::string> all = parts;
    all.push_back(option);
    ExpectRefusal(
        Cli({"train", "--data", "synthetic:size=256", "--net", "plain-cnn", option, value}), 2,
        all);
  };
  refuse("--warmup-epochs", "10", {"below --epochs"});
  refuse("--warmup-start", "1.5", {"[0, 1]"});
  refuse("--rate", "-1", {"at least 0"});
  refuse("--momentum", "1", {"[0, 1)"});
  refuse("--weight-decay", "-1", {"[0, 1000)"});
  refuse("--clip-norm", "nan", {"at least 0"});
  refuse("--ema-decay", "2", {"between 0 and 1"});
  refuse("--smoothing", "1", {"[0, 1)"});
  refuse("--hold-out", "256", {"256 images"});
  refuse("--batch", "257", {});
  refuse("--method", "s-net", {"\"s-net\"", "s-nets, sandwich, distillation"});
  refuse("--schedule", "cosin", {"\"cosin\"", "cosine"});
  refuse("--optimizer", "sdg", {"\"sdg\"", "sgd"});
  refuse("--precision", "fp16", {"\"fp16\"", "fp32 and bf16"});
  const auto refuse_with = [](const std::vector<std::string>& more, const std::string& part) {
    std::vector<std::string> arguments = {"train", "--data", "synthetic:size=256", "--net",
                                          "plain-cnn"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    ExpectRefusal(Cli(arguments), 2, {part});
  };
  refuse_with({"--schedule", "step", "--step-epochs", "0"}, "--step-epochs");
  refuse_with({"--schedule", "multi-step", "--milestones", "5,4"}, "--milestones");
  refuse_with({"--nesterov", "true", "--momentum", "0"}, "--nesterov");
  refuse_with({"--method", "sandwich"}, "--widths");
  refuse_with({"--method", "sandwich", "--widths", "0.5,1", "--sandwich-widths", "1"},
              "--sandwich-widths");
}

TEST(Cli, UnknownNamesAreRefusedWithTheKnownOnes) {
  ExpectRefusal(Cli({"inspect", "--net", "alexnet"}), 2, {"\"alexnet\"", "plain-cnn", "resnet20"});
  ExpectRefusal(Cli({"train", "--data", "synthetic:size=256", "--net", "alexnet"}), 2,
                {"\"alexnet\"", "plain-cnn", "resnet20"});
  ExpectRefusal(Cli({"train", "--data", "imagenet:here"}), 2, {"imagenet", "cifar10:DIR"});
  ExpectRefusal(Cli({"--isa", "mmx", "doctor"}), 2, {"\"mmx\"", "portable"});
  ExpectRefusal(Cli({"doctor"}, "", "mmx"), 2, {"SLIM_ISA", "\"mmx\"", "portable"});
}

TEST(Cli, FilesThatAreMissingOrWrongAre3) {
  const std::string folder = CliFolder(), missing = folder + "/missing";
  ExpectRefusal(Cli({"train", "--data", "cifar10:" + missing}), 3, {missing});
  ExpectRefusal(Cli({"train", "--data", "idx:" + folder}), 3, {folder, "train-images-idx3-ubyte"});
  ExpectRefusal(Cli({"eval", missing, "--data", "synthetic"}), 3, {missing});
  ExpectRefusal(Cli({"inspect", missing}), 3, {missing});
  ExpectRefusal(Cli({"calibrate", folder, "--data", "synthetic", "--out", missing}), 3, {folder});
  EXPECT_FALSE(std::filesystem::exists(missing));
}

TEST(Cli, WorkThatFailsIs1) {
  ExpectRefusal(Cli({"demo", "--out", "/dev/null/folder"}), 1, {"/dev/null/folder"});
  const CliResult full = Cli({"inspect", "--net", "resnet8"}, "/dev/full");
  EXPECT_EQ(full.exit_code, 1);
  EXPECT_NE(full.err.find("standard output"), std::string::npos) << full.err;
}

TEST(Cli, InspectShowsAnyNetworkAtAnyWidth) {
  const CliResult text =
      Cli({"inspect", "--net", "plain-cnn", "--widths", "0.5,1", "--width", "0.5"});
  EXPECT_EQ(text.exit_code, 0);
  EXPECT_EQ(text.err, "");
  EXPECT_NE(text.out.find("32x32x8 "), std::string::npos) << text.out;  // half of 16 channels
  EXPECT_EQ(text.out.find("32x32x16 "), std::string::npos) << text.out;

  const CliResult json = Cli({"--json", "inspect", "--net", "plain-cnn", "--widths", "0.5,1",
                              "--size", "8x8x1", "--classes", "3"});
  EXPECT_EQ(json.exit_code, 0);
  const std::vector<nlohmann::json> lines = JsonLinesOf(json.out);
  ASSERT_GT(lines.size(), 3u);
  EXPECT_EQ(lines[0]["layer"], "conv1");
  EXPECT_EQ(lines[0]["width"], "1");
  EXPECT_EQ(lines[0]["output"], nlohmann::json({8, 8, 16}));
  EXPECT_EQ(lines[0]["parameters"], 3 * 3 * 1 * 16);
  EXPECT_EQ(lines[0]["macs"], 8 * 8 * 3 * 3 * 1 * 16);
  const nlohmann::json& half = lines[lines.size() - 2];
  EXPECT_EQ(half["total"], "0.5");
  EXPECT_LT(half["macs"], lines.back()["macs"]);
  EXPECT_EQ(lines.back()["total"], "1");
}

TEST(Cli, DoctorTellsWhatIsThere) {
  const CliResult result = Cli({"--json", "--threads", "1", "doctor"}, "", "portable");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  std::map<std::string, std::string> texts;
  for (const nlohmann::json& line : JsonLinesOf(result.out)) texts[line["topic"]] = line["text"];
  EXPECT_NE(texts["kernels"].find("portable in use"), std::string::npos) << texts["kernels"];
  EXPECT_NE(texts["kernels"].find("SLIM_ISA=portable"), std::string::npos) << texts["kernels"];
  EXPECT_EQ(texts["threads"].rfind("1 on ", 0), 0u) << texts["threads"];
  EXPECT_NE(texts["OpenBLAS"].find("OpenBLAS"), std::string::npos) << texts["OpenBLAS"];
  EXPECT_NE(texts["OpenMP"].find("passive"), std::string::npos) << texts["OpenMP"];
  for (const char* topic : {"CPU", "build", "clock", "memory", "disk"}) {
    EXPECT_NE(texts[topic], "") << topic;
  }
}

}  // namespace
}  // namespace slim
