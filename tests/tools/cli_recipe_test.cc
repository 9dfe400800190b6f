// What --config does: values, precedence, and errors that name file, line and key.
#include "tests/tools/cli_support.h"

namespace slim {
namespace {

class Recipe : public testing::Test {
 protected:
  // The path of a recipe with that text.
  std::string Write(const std::string& text) {
    WriteText(path_, text);
    return path_;
  }
  CliResult Train(const std::string& text, const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"train", "--config", Write(text)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Cli(arguments);
  }

  // For recipes that are wrong; should they be taken, the missing data ends the run.
  CliResult Judge(const std::string& text) {
    return Train(text, {"--data", "idx:" + folder_ + "/none"});
  }

  const std::string folder_ = CliFolder();
  const std::string path_ = folder_ + "/recipe.toml";
  const std::string data_ = "idx:" + WriteGrayImages(folder_ + "/images", 8, 4) + ",classes=4";
};

TEST_F(Recipe, GivesOptionsOfTheProgramAndOfTheCommand) {
  const std::string text =
      "# a comment\n"
      "seed = 7\n"
      "quiet = true\n"
      "json = true   # another\n"
      "\n"
      "[train]\n"
      "data = \"" +
      data_ +
      "\"\n"
      "net = \"plain-cnn\"\n"
      "widths = [0.5, 1]\n"
      "epochs = 1\n"
      "batch = 16\n"
      "nesterov = true\n"
      "rate = 5e-2\n"
      "[eval]\n"
      "batch = 3\n";
  const CliResult recipe = Train(text, {"--out", folder_ + "/a"});
  EXPECT_EQ(recipe.exit_code, 0) << recipe.err;
  EXPECT_EQ(recipe.err, "");
  EXPECT_EQ(JsonLinesOf(recipe.out).size(), 2u);

  const CliResult typed = Cli({"--seed", "7", "train", "--data", data_, "--net", "plain-cnn",
                               "--widths", "0.5,1", "--epochs", "1", "--batch", "16", "--nesterov",
                               "true", "--rate", "0.05", "--out", folder_ + "/b"});
  EXPECT_EQ(typed.exit_code, 0) << typed.err;
  const std::string model = ReadText(folder_ + "/a/model.safetensors");
  EXPECT_EQ(model, ReadText(folder_ + "/b/model.safetensors"));

  // What is typed has precedence.
  const CliResult other = Train(text, {"--seed", "8", "--out", folder_ + "/c"});
  EXPECT_EQ(other.exit_code, 0) << other.err;
  EXPECT_NE(model, ReadText(folder_ + "/c/model.safetensors"));
}

TEST_F(Recipe, GivesTheNumberOfThreads) {
  const CliResult result = Cli({"--json", "doctor", "--config", Write("threads = 1\n")});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  for (const nlohmann::json& line : JsonLinesOf(result.out)) {
    if (line["topic"] == "threads") {
      EXPECT_EQ(std::string(line["text"]).rfind("1 on ", 0), 0u) << line;
    }
  }
}

TEST_F(Recipe, UnknownKeysAndSectionsAre2) {
  ExpectRefusal(Judge("[train]\n\nepochz = 3\n"), 2, {path_ + ":3", "[train]", "\"epochz\""});
  ExpectRefusal(Judge("speed = 3\n"), 2, {path_ + ":1", "\"speed\""});
  ExpectRefusal(Judge("[trian]\nepochs = 3\n"), 2, {path_ + ":1", "\"trian\"", "train"});
  ExpectRefusal(Judge("[train]\nseed = 3\n"), 2, {path_ + ":2", "\"seed\"", "above"});
  ExpectRefusal(Judge("[train]\nhold_out = 3\n"), 2, {path_ + ":2", "\"hold_out\""});
  ExpectRefusal(Judge("config = \"x\"\n"), 2, {path_ + ":1", "\"config\""});
  ExpectRefusal(Judge("help = true\n"), 2, {path_ + ":1", "\"help\""});
}

TEST_F(Recipe, ValuesThatDoNotFitAre2) {
  ExpectRefusal(Judge("[train]\nepochs = 0\n"), 2, {path_ + ":2", "epochs", "1 to"});
  ExpectRefusal(Judge("[train]\nepochs = \"many\"\n"), 2, {path_ + ":2", "epochs", "many"});
  ExpectRefusal(Judge("[train]\nepochs = [1, 2]\n"), 2, {path_ + ":2", "epochs"});
  ExpectRefusal(Judge("[train]\nrate = \"fast\"\n"), 2, {path_ + ":2", "rate", "fast"});
  ExpectRefusal(Judge("threads = -1\n"), 2, {path_ + ":1", "threads"});
  // A wrong value on the command line is not the recipe's fault.
  const CliResult typed = Train("[train]\nepochs = 1\n", {"--epochs", "0"});
  ExpectRefusal(typed, 2, {"--epochs"});
  EXPECT_EQ(typed.err.find(path_), std::string::npos) << typed.err;
}

TEST_F(Recipe, DamageIs3) {
  const std::vector<std::pair<std::string, std::string>> kDamaged = {
      {"[train\n", "\"]\""},
      {"[]\n", "name"},
      {"[train] x\n", "after"},
      {"[train]\nepochs 3\n", "\"=\""},
      {"[train]\n= 3\n", "name"},
      {"[train]\nepochs = \n", "not a number"},
      {"[train]\nepochs = three\n", "\"three\""},
      {"[train]\nepochs = 3x\n", "\"3x\""},
      {"[train]\nepochs = 3 4\n", "after"},
      {"[train]\nnet = \"resnet8\n", "quote"},
      {"[train]\nnet = resnet8\n", "\"resnet8\""},
      {"[train]\nnet = \"a\\\\b\"\n", "backslash"},
      {"[train]\nwidths = [0.5, 1\n", "\"]\""},
      {"[train]\nwidths = [0.5 1]\n", "\"]\""},
      {"[train]\nwidths = []\n", "empty"},
      {"[train]\nepochs = 3\nepochs = 4\n", "second"},
      {"[train]\nepochs = 3\n[train]\n", "second"},
      {std::string("[train]\n\0epochs = 3\n", 20), "control"},
      {"\x7F"
       "ELF\x02\x01",
       "control"},
  };
  for (const auto& [text, part] : kDamaged) {
    SCOPED_TRACE(text);
    ExpectRefusal(Judge(text), 3, {path_ + ":", part});
  }
  ExpectRefusal(Cli({"train", "--config", folder_ + "/missing.toml"}), 3, {"missing.toml"});
  ExpectRefusal(Cli({"train", "--config", folder_}), 3, {folder_});
  ExpectRefusal(Cli({"train", "--config", "/dev/zero"}), 3, {"/dev/zero", "1 MiB"});
}

TEST_F(Recipe, EveryRecipeOfTheHouseCanBeRead) {
  int count = 0;
  for (const auto& file : std::filesystem::directory_iterator("tools/recipes")) {
    if (file.path().extension() != ".toml") continue;
    ++count;
    SCOPED_TRACE(file.path());
    // All is well up to the data, which is missing.
    ExpectRefusal(
        Cli({"train", "--config", file.path().string(), "--data", "idx:" + folder_ + "/x"}), 3,
        {folder_ + "/x"});
  }
  EXPECT_GE(count, 4);
}

}  // namespace
}  // namespace slim
