// train --method distillation: learning from a teacher in a file, and what cannot be learnt from.
#include <algorithm>

#include "autograd/model_file.h"
#include "tests/tools/cli_support.h"

namespace slim {
namespace {

class CliDistillation : public testing::Test {
 protected:
  // Trains a student with the teacher and these arguments, which go before the usual ones; the
  // model goes into `out` unless it is empty.
  CliResult Train(const std::vector<std::string>& more, const std::string& out = "") {
    std::vector<std::string> arguments = {"--quiet",  "--json", "train",   "--net", "plain-cnn",
                                          "--epochs", "3",      "--batch", "16"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto usual = [&](const std::string& option, const std::string& value) {
      if (std::find(more.begin(), more.end(), option) != more.end()) return;
      arguments.insert(arguments.end(), {option, value});
    };
    usual("--data", data_);
    usual("--method", "distillation");
    usual("--teacher", teacher_);
    if (!out.empty()) usual("--out", folder_ + "/" + out);
    return Cli(arguments);
  }
  std::string Model(const std::string& out) { return folder_ + "/" + out + "/model.safetensors"; }
  // The loss of the widest width in each step.
  std::vector<double> Losses(const std::string& out) {
    std::vector<double> losses;
    for (const nlohmann::json& line : JsonLinesOf(ReadText(folder_ + "/" + out + "/train.jsonl"))) {
      if (line.contains("step")) losses.push_back(line["loss"]["1"]);
    }
    return losses;
  }

  const std::string folder_ = CliFolder();
  const std::string data_ = "idx:" + WriteGrayImages(folder_ + "/images", 8, 4) + ",classes=4";
  const std::string teacher_ = TrainTiny(folder_ + "/teacher", data_, true);
};

TEST_F(CliDistillation, EveryWidthLearnsFromTheAnswers) {
  const CliResult result = Train({"--widths", "0.25,1", "--alpha", "0.1", "--tau", "2"}, "a");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  ASSERT_EQ(JsonLinesOf(result.out).size(), 2u);
  const LoadedModel student = LoadModel(Model("a")), teacher = LoadModel(teacher_);
  EXPECT_EQ(student.info.calibrated, std::vector<bool>({true, true}));
  EXPECT_EQ(student.info.mean, teacher.info.mean);
  EXPECT_EQ(student.info.std, teacher.info.std);
  for (const char* part :
       {"--method distillation", "--teacher crc32:", "--alpha 0.1", "--tau 2.0"}) {
    EXPECT_NE(student.info.made_by.find(part), std::string::npos) << student.info.made_by;
  }
  EXPECT_LT(Losses("a").back(), 0.5 * Losses("a").front());
  // Without the answers another student comes of it.
  EXPECT_EQ(Train({"--widths", "0.25,1", "--alpha", "1", "--tau", "2"}, "b").exit_code, 0);
  EXPECT_NE(ReadText(Model("a")), ReadText(Model("b")));
}

TEST_F(CliDistillation, FeaturesAloneCanTeach) {
  const CliResult result = Train({"--logits-weight", "0", "--tap", "conv2=conv2", "--tap",
                                  "conv3=conv3", "--feature-weight", "0.001"},
                                 "a");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_LT(Losses("a").back(), 0.7 * Losses("a").front());
  // The loss of labels and answers is no part of it: nothing of the last layer has learnt.
  const LoadedModel student = LoadModel(Model("a"));
  for (const float bias : student.parameters->Find("linear.bias")->value) EXPECT_EQ(bias, 0);
}

TEST_F(CliDistillation, RecipeSaysTheSame) {
  const std::string recipe = folder_ + "/recipe.toml";
  WriteText(recipe,
            "[train]\nalpha = 0.25\ntau = 3\nlogits-weight = 0.5\nfeature-weight = 1e-05\ntap = "
            "[\"conv1=conv1\", \"conv2=conv2\"]\n");
  EXPECT_EQ(Train({"--config", recipe}, "a").exit_code, 0);
  const CliResult typed =
      Train({"--alpha", "0.25", "--tau", "3", "--logits-weight", "0.5", "--feature-weight", "1e-05",
             "--tap", "conv1=conv1", "--tap", "conv2=conv2"},
            "b");
  EXPECT_EQ(typed.exit_code, 0) << typed.err;
  EXPECT_EQ(ReadText(Model("a")), ReadText(Model("b")));
}

TEST_F(CliDistillation, ResumesWithTheSameTeacherOnly) {
  EXPECT_EQ(Train({}, "whole").exit_code, 0);
  // Begun as the whole training, but with nothing left after its last epoch.
  const auto resume = [&](const std::vector<std::string>& more) {
    std::vector<std::string> all = {"--resume"};
    all.insert(all.end(), more.begin(), more.end());
    return Train(all, "whole");
  };
  const std::string model = ReadText(Model("whole"));
  const std::string moved = folder_ + "/moved.safetensors";
  std::filesystem::copy_file(teacher_, moved);
  EXPECT_EQ(resume({"--teacher", moved}).exit_code, 0);
  EXPECT_EQ(ReadText(Model("whole")), model);

  ExpectRefusal(resume({"--alpha", "0.75"}), 2, {"alpha was \"0.5\", now \"0.75\""});
  ExpectRefusal(resume({"--tap", "conv1=conv1"}), 2, {"tap was \"\", now \"conv1=conv1\""});
  const std::string other = TrainTiny(folder_ + "/other", data_, true, {"--seed", "2"});
  ExpectRefusal(resume({"--teacher", other}), 2, {"teacher was \"crc32:"});
}

TEST_F(CliDistillation, TeachersThatDoNotFitAreRefused) {
  const std::string none = folder_ + "/none";
  ExpectRefusal(Train({"--teacher", none}), 3, {none});
  const std::string raw = TrainTiny(folder_ + "/raw", data_, false);
  ExpectRefusal(Train({"--teacher", raw}), 2, {"--teacher " + raw, "width 1 is not calibrated"});
  const std::string five = "idx:" + folder_ + "/images,classes=5";
  ExpectRefusal(Train({"--data", five}), 2, {"--teacher " + teacher_, "4 (0, ...)", "5 (0, ...)"});
  const std::string larger = WriteGrayImages(folder_ + "/larger", 9, 4);
  ExpectRefusal(Train({"--data", "idx:" + larger + ",classes=4"}), 2, {"8x8x1", "9x9x1"});
}

TEST_F(CliDistillation, TapsThatDoNotFitAreRefused) {
  ExpectRefusal(Train({"--tap", "conv9=conv1"}), 2,
                {"--tap conv9=conv1: the teacher", "\"conv9\"", "inspect"});
  ExpectRefusal(Train({"--tap", "conv1=conv9"}), 2,
                {"--tap conv1=conv9: the student", "\"conv9\"", "inspect"});
  ExpectRefusal(Train({"--tap", "conv1=conv2"}), 2, {"--tap conv1=conv2", "8x8x16", "4x4x32"});
  ExpectRefusal(Train({"--widths", "0.5,1", "--tap", "conv1=conv1"}), 2,
                {"8x8x16", "8x8x8 at width 0.5"});
  for (const char* tap : {"conv1", "=conv1", "conv1="}) {
    ExpectRefusal(Train({"--tap", tap}), 2,
                  {"--tap", std::string("\"") + tap + "\"", "TEACHER_NODE=STUDENT_NODE"});
  }
}

TEST_F(CliDistillation, OptionsThatContradictEachOtherAreRefused) {
  ExpectRefusal(Train({"--teacher", ""}), 2, {"--method distillation needs a --teacher"});
  ExpectRefusal(Train({"--method", "s-nets"}), 2, {"--teacher", "need --method distillation"});
  ExpectRefusal(Train({"--smoothing", "0.1"}), 2, {"--smoothing", "--method distillation"});
  ExpectRefusal(Train({"--normalization", "mnist"}), 2, {"--normalization", "teacher's"});
  ExpectRefusal(Train({"--alpha", "1.5"}), 2, {"--alpha", "[0, 1]"});
  ExpectRefusal(Train({"--tau", "0"}), 2, {"--tau", "above 0"});
  ExpectRefusal(Train({"--logits-weight", "nan"}), 2, {"--logits-weight", "at least 0"});
  ExpectRefusal(Train({"--feature-weight", "-1"}), 2, {"--feature-weight", "at least 0"});
  ExpectRefusal(Train({"--logits-weight", "0"}), 2, {"--logits-weight 0", "--tap"});
}

}  // namespace
}  // namespace slim
