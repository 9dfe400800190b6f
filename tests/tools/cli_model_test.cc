// eval, calibrate and inspect of a model file.
#include "autograd/model_file.h"
#include "tests/tools/cli_support.h"

namespace slim {
namespace {

class Model : public testing::Test {
 protected:
  CliResult Calibrate(const std::string& widths, const std::string& out) {
    return Cli({"calibrate", model_, "--data", data_, "--widths", widths, "--batches", "2",
                "--batch", "16", "--out", out});
  }

  const std::string folder_ = CliFolder();
  const std::string images_ = WriteGrayImages(folder_ + "/images", 8, 4);
  const std::string data_ = "idx:" + images_ + ",classes=4";
  const std::string model_ = TrainTiny(folder_ + "/model", data_, false);
};

TEST_F(Model, EvalRefusesWidthsThatAreNotCalibrated) {
  ExpectRefusal(Cli({"eval", model_, "--data", data_}), 2, {"calibrated: none"});
  const std::string half = folder_ + "/half.safetensors";
  EXPECT_EQ(Calibrate("0.5", half).exit_code, 0);
  ExpectRefusal(Cli({"eval", half, "--data", data_, "--width", "1"}), 2,
                {"width 1", "not calibrated", "calibrated: 0.5"});
  ExpectRefusal(Cli({"eval", half, "--data", data_, "--width", "0.7"}), 2, {"\"0.7\"", "0.5, 1"});

  const CliResult result = Cli({"--json", "eval", half, "--data", data_, "--batch", "7"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const std::vector<nlohmann::json> lines = JsonLinesOf(result.out);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0]["width"], "0.5");
  EXPECT_EQ(lines[0]["images"], 64);
  EXPECT_GE(lines[0]["accuracy"], 0.25);  // four classes that differ in brightness
}

TEST_F(Model, CalibrateChangesOnlyStatisticsOfTheWidth) {
  const std::string out = folder_ + "/out.safetensors";
  const CliResult result = Calibrate("0.50", out);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.err, "");
  const LoadedModel before = LoadModel(model_), after = LoadModel(out);
  EXPECT_EQ(before.info.calibrated, std::vector<bool>({false, false}));
  EXPECT_EQ(after.info.calibrated, std::vector<bool>({true, false}));
  EXPECT_EQ(after.info.mean, before.info.mean);
  ASSERT_EQ(after.parameters->size(), before.parameters->size());
  int changed = 0;
  for (int64_t i = 0; i < after.parameters->size(); ++i) {
    const Parameter<float>& p = (*after.parameters)[i];
    const bool may_change = p.width == 0 && !IsLearned(p.role);
    if (p.value == (*before.parameters)[i].value) continue;
    EXPECT_TRUE(may_change) << p.name;
    ++changed;
  }
  EXPECT_EQ(changed, 2 * 3);  // mean and variance of three batch norms

  // The first bytes of the file say nothing about the time: the same again gives the same file.
  const std::string again = folder_ + "/again.safetensors";
  EXPECT_EQ(Calibrate("0.5", again).exit_code, 0);
  EXPECT_EQ(ReadText(again), ReadText(out));
}

TEST_F(Model, CalibrateRefusesWhatIsNotThere) {
  const std::string out = folder_ + "/out.safetensors";
  ExpectRefusal(Calibrate("0.25", out), 2, {"\"0.25\"", "0.5, 1"});
  ExpectRefusal(Cli({"calibrate", model_, "--data", data_, "--batch", "65", "--out", out}), 2,
                {"64 images", "batch of 65"});
  EXPECT_FALSE(std::filesystem::exists(out));
}

TEST_F(Model, CalibrateSaysWhenThereAreFewerBatchesThanAskedFor) {
  const std::string out = folder_ + "/out.safetensors";
  const auto calibrate = [&](const char* batches) {
    return Cli({"--json", "calibrate", model_, "--data", data_, "--batch", "15", "--batches",
                batches, "--out", out});
  };
  const CliResult enough = calibrate("4");
  EXPECT_EQ(enough.exit_code, 0) << enough.err;
  EXPECT_EQ(enough.err.find("instead"), std::string::npos) << enough.err;
  const CliResult fewer = calibrate("5");  // 64 images
  EXPECT_EQ(fewer.exit_code, 0) << fewer.err;
  EXPECT_NE(fewer.err.find("4 are used instead of 5"), std::string::npos) << fewer.err;
  EXPECT_EQ(JsonLinesOf(fewer.out)[0]["batches"], 4);
  EXPECT_EQ(JsonLinesOf(fewer.out)[0]["images"], 60);
  EXPECT_EQ(LoadModel(out).info.calibrated, std::vector<bool>({true, true}));
}

// The weights go with the statistics of the images that they learnt from: those of images as they
// are would be others.
TEST_F(Model, TrainCalibratesAsCalibrateDoesWithItsAugmentation) {
  const std::vector<std::string> augment = {"--augment", "pad-crop:2,flip"};
  const std::string at_once = TrainTiny(folder_ + "/a", data_, true, augment);
  const std::string later = TrainTiny(folder_ + "/b", data_, false, augment);
  const std::string out = folder_ + "/out.safetensors";
  const LoadedModel first = LoadModel(at_once);
  // Names of what differs after `calibrate`.
  const auto calibrate = [&](const std::string& changes) {
    const CliResult result = Cli({"calibrate", later, "--data", data_, "--batches", "2", "--batch",
                                  "16", "--augment", changes, "--out", out});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    const LoadedModel second = LoadModel(out);
    EXPECT_EQ(first.info.calibrated, second.info.calibrated);
    std::vector<std::string> differ;
    for (int64_t i = 0; i < first.parameters->size(); ++i) {
      const Parameter<float>& p = (*first.parameters)[i];
      if (p.value != (*second.parameters)[i].value) differ.push_back(p.name);
    }
    return differ;
  };
  EXPECT_EQ(calibrate("pad-crop:2,flip"), std::vector<std::string>());  // to the bit
  EXPECT_EQ(calibrate("").size(),
            2 * 2 * 3u);  // mean and variance of three batch norms, two widths
  ExpectRefusal(Cli({"calibrate", later, "--data", data_, "--augment", "pad-crop:x", "--out", out}),
                2, {"pad-crop:x"});
}

TEST_F(Model, DataThatDoesNotFitIsRefused) {
  const std::string calibrated = folder_ + "/all.safetensors";
  EXPECT_EQ(Calibrate("0.5,1", calibrated).exit_code, 0);
  ExpectRefusal(Cli({"eval", calibrated, "--data", "synthetic"}), 2, {"32x32x3", "8x8x1"});
  ExpectRefusal(Cli({"eval", calibrated, "--data", "idx:" + images_ + ",classes=5"}), 2,
                {"5 classes", " 4 "});
  const std::string larger = WriteGrayImages(folder_ + "/larger", 9, 4);
  ExpectRefusal(Cli({"eval", calibrated, "--data", "idx:" + larger + ",classes=4"}), 2,
                {"9x9x1", "8x8x1"});
  ExpectRefusal(Cli({"eval", calibrated, "--data", "idx:" + folder_ + "/none,classes=4"}), 3,
                {folder_ + "/none"});
}

TEST_F(Model, DamagedModelIs3) {
  const std::string good = ReadText(model_), bad = folder_ + "/bad.safetensors";
  const auto expect_refused = [&](const std::string& bytes) {
    WriteText(bad, bytes);
    ExpectRefusal(Cli({"inspect", bad}), 3, {bad});
    ExpectRefusal(Cli({"eval", bad, "--data", data_}), 3, {bad});
    ExpectRefusal(Cli({"calibrate", bad, "--data", data_, "--out", folder_ + "/x"}), 3, {bad});
  };
  expect_refused("");
  expect_refused(good.substr(0, 100));
  expect_refused(good.substr(0, good.size() - 1));
  std::string flipped = good;
  flipped[flipped.size() / 2] ^= 1;
  expect_refused(flipped);
}

TEST_F(Model, InspectSaysWhichWidthsAreCalibrated) {
  const std::string half = folder_ + "/half.safetensors";
  EXPECT_EQ(Calibrate("0.5", half).exit_code, 0);
  const CliResult text = Cli({"inspect", half});
  EXPECT_EQ(text.exit_code, 0) << text.err;
  EXPECT_NE(text.out.find("8x8x1"), std::string::npos) << text.out;
  EXPECT_NE(text.out.find("made by: "), std::string::npos) << text.out;
  const std::vector<nlohmann::json> lines = JsonLinesOf(Cli({"inspect", half, "--json"}).out);
  ASSERT_GT(lines.size(), 2u);
  EXPECT_EQ(lines[lines.size() - 2]["calibrated"], true);
  EXPECT_EQ(lines.back()["calibrated"], false);
}

TEST_F(Model, TrainMarksWidthsThatAreNotCalibrated) {
  const auto train = [&](const char* calibrate, const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"train",
                                          "--data",
                                          data_,
                                          "--net",
                                          "plain-cnn",
                                          "--widths",
                                          "0.5,1",
                                          "--method",
                                          "sandwich",
                                          "--epochs",
                                          "2",
                                          "--batch",
                                          "16",
                                          "--calibrate-batches",
                                          calibrate,
                                          "--out",
                                          folder_ + "/run"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Cli(arguments);
  };
  const auto count = [](const std::string& text) {
    int marks = 0;
    for (size_t at = 0; (at = text.find("(not calibrated)", at)) != std::string::npos; ++at)
      ++marks;
    return marks;
  };
  const CliResult none = train("0", {});
  EXPECT_EQ(none.exit_code, 0) << none.err;
  EXPECT_EQ(count(none.out), 2) << none.out;  // each width
  EXPECT_EQ(count(none.err), 4) << none.err;  // after each epoch

  const CliResult late = train("2", {});
  EXPECT_EQ(count(late.out), 0) << late.out;
  EXPECT_EQ(count(late.err), 2) << late.err;  // after the first epoch

  for (const nlohmann::json& line : JsonLinesOf(train("0", {"--json"}).out)) {
    EXPECT_EQ(line["calibrated"], false);
  }
  int evaluations = 0;
  for (const nlohmann::json& line : JsonLinesOf(ReadText(folder_ + "/run/train.jsonl"))) {
    if (!line.contains("evaluated_epoch")) continue;
    ++evaluations;
    EXPECT_EQ(line["calibrated"], nlohmann::json({{"0.5", false}, {"1", false}}));
  }
  EXPECT_EQ(evaluations, 2);
}

TEST_F(Model, ResultsGoToStandardOutputAndTalkToStandardError) {
  const std::string all = folder_ + "/all.safetensors";
  const CliResult calibrate = Cli({"--json", "calibrate", model_, "--data", data_, "--batches", "2",
                                   "--batch", "16", "--out", all});
  ASSERT_EQ(JsonLinesOf(calibrate.out).size(), 1u);
  EXPECT_EQ(JsonLinesOf(calibrate.out)[0]["widths"], nlohmann::json({"0.5", "1"}));

  const std::vector<std::string> train = {"train",    "--data", data_,     "--net", "plain-cnn",
                                          "--epochs", "2",      "--batch", "16"};
  const CliResult loud = Cli(train);
  EXPECT_EQ(loud.exit_code, 0);
  EXPECT_NE(loud.err.find("accuracy"), std::string::npos) << loud.err;
  // Not a terminal: whole lines, no bar that is drawn over.
  EXPECT_EQ(loud.err.find_first_of("\r\033"), std::string::npos) << loud.err;
  EXPECT_EQ(loud.out.find_first_of("\r\033"), std::string::npos) << loud.out;

  std::vector<std::string> quiet = train;
  quiet.insert(quiet.end(), {"--quiet", "--json"});
  const CliResult silent = Cli(quiet);
  EXPECT_EQ(silent.err, "");
  EXPECT_EQ(JsonLinesOf(silent.out).size(), 1u);

  const CliResult eval = Cli({"eval", all, "--data", data_});
  EXPECT_EQ(eval.err, "");
  EXPECT_NE(eval.out.find(" %"), std::string::npos) << eval.out;
}

}  // namespace
}  // namespace slim
