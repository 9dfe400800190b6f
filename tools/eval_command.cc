// slimsplit eval: accuracy of a model at each width, or of a split network in each mode.
#include <stdio.h>

#include <memory>

#include "core/error_host.h"
#include "tools/accuracy_table.h"
#include "tools/command.h"
#include "tools/evaluate.h"
#include "tools/model_data.h"
#include "tools/progress.h"
#include "tools/split_eval.h"

namespace slim {
namespace {

struct EvalOptions {
  std::string model, split, teacher, data;
  std::vector<std::string> widths;
  int64_t batch = 128;
  std::string precision = "fp32";
};

// The widths to judge: those asked for, or all calibrated ones.
std::vector<Width> ChooseWidths(const LoadedModel& model, const std::vector<std::string>& names) {
  std::vector<Width> widths = FindWidths(model.graph, names);
  for (const Width width : widths) RequireCalibrated(model.graph, model.info, width);
  if (!widths.empty()) return widths;
  const Width rows = model.graph.view().plan.rows;
  for (Width width = 0; width < rows; ++width) {
    if (model.info.calibrated[width]) widths.push_back(width);
  }
  if (widths.empty()) RequireCalibrated(model.graph, model.info, rows - 1);
  return widths;
}

void Run(const EvalOptions& options, const GlobalOptions& global) {
  if (options.model.empty() == options.split.empty()) {
    throw UsageError("eval takes a model file or --split DIR, one of the two");
  }
  if (!options.split.empty()) {
    RunSplitEval(options.split, options.data, options.teacher, global);
    return;
  }
  LoadedModel model = LoadModel(options.model);
  const std::vector<Width> widths = ChooseWidths(model, options.widths);
  LoaderOptions load;
  load.batch_size = options.batch;
  load.shuffle = false;
  ModelData data(model, options.data, Split::kTest, load);

  Tape<float> tape(PrecisionNamed(options.precision));
  std::vector<WidthAccuracy> results;
  const int64_t images = data.dataset().size();
  Progress progress("eval", images * static_cast<int64_t>(widths.size()), 0, global.quiet);
  for (size_t i = 0; i < widths.size(); ++i) {
    const std::string note = "width " + model.graph.width_names()[widths[i]];
    const auto on_images = [&](int64_t done) {
      progress.Update(images * static_cast<int64_t>(i) + done, note);
    };
    results.push_back(
        {widths[i], true,
         Evaluate(tape, model.graph, *model.parameters, widths[i], data.loader(), on_images)});
  }
  progress.Clear();
  PrintAccuracy(model.graph, results, global.json);
}

}  // namespace

void AddEvalCommand(CLI::App& app, const GlobalOptions& global, std::function<void()>* run) {
  const auto options = std::make_shared<EvalOptions>();
  CLI::App* command = app.add_subcommand(
      "eval", "Measure the accuracy of a model at each width, or of a split one in each mode.");
  command->add_option("model", options->model, "model file");
  CLI::Option* split =
      command->add_option("--split", options->split, "instead: folder of head.slim and tail.slim");
  command
      ->add_option("--teacher", options->teacher,
                   "model file: also what it gives on the device, and on a server to which images "
                   "are sent as JPEG, WebP or PNG")
      ->needs(split);
  command->add_option("--data", options->data, "data set to judge with:\n" + DatasetSpecHelp())
      ->required();
  command->add_option("--width", options->widths, "widths; default: all that are calibrated")
      ->delimiter(',');
  command->add_option("--batch", options->batch, "images at a time")->check(CLI::Range(1, 1 << 20));
  command->add_option("--precision", options->precision, "fp32, or bf16: activations as bfloat16")
      ->excludes(split);
  command->callback([=, &global] { *run = [=, &global] { Run(*options, global); }; });
}

}  // namespace slim
