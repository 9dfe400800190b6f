// slimsplit demo: trains and judges a small slimmable classifier, with nothing but this program.
#include <errno.h>
#include <stdio.h>

#include <memory>
#include <sstream>

#include "core/parallel.h"
#include "tools/accuracy_table.h"
#include "tools/command.h"
#include "tools/embedded.h"
#include "tools/print_json.h"
#include "tools/progress.h"
#include "tools/text_table.h"
#include "tools/toml_recipe.h"
#include "tools/training_run.h"

namespace slim {
namespace {

TrainOptions DemoOptions(const std::string& out) {
  CLI::App app;
  TrainOptions options;
  uint64_t seed;  // the command line's is used
  app.add_option("--seed", seed);
  AddTrainOptions(*app.add_subcommand("train"), &options);
  app.config_formatter(std::make_shared<TomlRecipe>(app, "synthetic-demo.toml"));
  std::istringstream text(kSyntheticDemo);
  app.parse_from_stream(text);
  options.out = out;
  options.can_resume = false;
  return options;
}

// Three sentences: what was trained, how good each width is, where the files are.
void PrintStory(const TrainOptions& options, const OwnedGraph& graph,
                const std::vector<WidthAccuracy>& results, int64_t parameters, double seconds) {
  printf(
      "\nOne %s with %s parameters learned ten classes of drawn shapes at %d widths at once, in "
      "%lld epochs, %.0f s on %d threads.\n",
      options.net.c_str(), WithUnit(parameters).c_str(), static_cast<int>(results.size()),
      static_cast<long long>(options.epochs), seconds, ParallelWorkers());
  std::string accuracies;
  for (const WidthAccuracy& result : results) {
    accuracies += (accuracies.empty() ? "" : ", ") + Percent(result.evaluation.accuracy()) +
                  " at width " + graph.width_names()[result.width];
  }
  printf("Of %lld images that it had never seen it named right %s.\n",
         static_cast<long long>(results[0].evaluation.images), accuracies.c_str());
  printf("The model is %s/model.safetensors, the log of every step %s/train.jsonl.\n",
         options.out.c_str(), options.out.c_str());
}

void PrintNextSteps(const TrainOptions& options) {
  const char* program = program_invocation_name;
  const char* out = options.out.c_str();
  printf("\nTry next:\n");
  printf("  %s inspect %s/model.safetensors\n", program, out);
  printf("  %s eval %s/model.safetensors --data %s --width 0.25\n", program, out,
         options.data.c_str());
  printf("  %s train --help\n", program);
  printf("  %s doctor\n", program);
}

void Run(const std::string& out, const GlobalOptions& global) {
  const TrainOptions options = DemoOptions(out);
  const double start = SecondsNow();
  TrainingRun training(options, global);
  const std::vector<WidthAccuracy> results = training.Run();
  PrintAccuracy(training.graph(), results, global.json);
  if (global.json) {
    PrintJsonLine({{"model", out + "/model.safetensors"}, {"log", out + "/train.jsonl"}});
    return;
  }
  PrintStory(options, training.graph(), results, training.trainer().parameters().LearnedCount(),
             SecondsNow() - start);
  PrintNextSteps(options);
}

}  // namespace

void AddDemoCommand(CLI::App& app, const GlobalOptions& global, std::function<void()>* run) {
  const auto out = std::make_shared<std::string>("slimsplit-demo");
  CLI::App* command = app.add_subcommand(
      "demo", "Train and judge a small slimmable network on drawn images: needs no files.");
  command->add_option("--out", *out, "folder for the model and the log; default: slimsplit-demo");
  command->callback([=, &global] { *run = [=, &global] { Run(*out, global); }; });
}

}  // namespace slim
