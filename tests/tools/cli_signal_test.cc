// A training that a signal stops: what is kept, and advice that the command can follow.
#include <signal.h>

#include "tests/tools/cli_support.h"

namespace slim {
namespace {

// Sends SIGINT as soon as the file holds the text: the training is under way then.
CliResult Interrupt(const std::vector<std::string>& arguments, const std::string& file,
                    const std::string& text) {
  const pid_t child = StartCli(arguments);
  constexpr int kTries = 60 * 100;
  for (int i = 0; i < kTries && ReadText(file).find(text) == std::string::npos; ++i) usleep(10000);
  kill(child, SIGINT);
  return FinishCli(child);
}

std::string LastLine(const std::string& text) {
  const size_t end = text.find_last_not_of('\n') + 1;
  return text.substr(text.rfind('\n', end - 1) + 1);
}

// Long enough to be interrupted, quick to its first step.
const std::vector<std::string> kTrain = {"train", "--data",    "synthetic:size=256",
                                         "--net", "plain-cnn", "--batch",
                                         "16",    "--epochs",  "100000"};

TEST(CliSignal, TrainCanGoOn) {
  const std::string folder = CliFolder();
  std::vector<std::string> train = kTrain;
  train.insert(train.end(), {"--out", folder});
  const CliResult result = Interrupt(train, folder + "/train.jsonl", "step");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(LastLine(result.err), "slimsplit: stopped by signal 2; go on with --resume\n");
  EXPECT_TRUE(std::filesystem::exists(folder + "/checkpoint.safetensors"));

  train.push_back("--resume");
  const CliResult resumed = Interrupt(train, CliErrPath(), "accuracy");
  EXPECT_EQ(resumed.exit_code, 1);
  EXPECT_EQ(resumed.err.rfind("resumed at epoch ", 0), 0u) << resumed.err;
}

TEST(CliSignal, TrainWithoutAFolderKeepsNothing) {
  const CliResult result = Interrupt(kTrain, CliErrPath(), "accuracy");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(LastLine(result.err),
            "slimsplit: stopped by signal 2; nothing is kept without --out, so the next run starts "
            "anew\n");
}

TEST(CliSignal, DemoHasNoOptionToGoOnWith) {
  const std::string folder = CliFolder();
  const CliResult result =
      Interrupt({"demo", "--out", folder}, folder + "/teacher/train.jsonl", "step");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(LastLine(result.err), "slimsplit: stopped by signal 2; the next run starts anew\n");
}

}  // namespace
}  // namespace slim
