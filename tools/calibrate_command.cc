// slimsplit calibrate: statistics of batch norm for chosen widths, from training images.
#include <stdio.h>

#include <algorithm>
#include <memory>

#include "tools/calibrate_widths.h"
#include "tools/command.h"
#include "tools/model_data.h"
#include "tools/print_json.h"
#include "tools/progress.h"
#include "tools/text_table.h"

namespace slim {
namespace {

struct CalibrateOptions {
  std::string model, data, augment, out;
  std::vector<std::string> widths;
  int64_t batches = 16, batch = 128;
};

std::string CalibratedNames(const LoadedModel& model) {
  std::vector<std::string> names;
  for (size_t i = 0; i < model.info.calibrated.size(); ++i) {
    if (model.info.calibrated[i]) names.push_back(model.graph.width_names()[i]);
  }
  return Joined(names);
}

void Run(const CalibrateOptions& options, const GlobalOptions& global) {
  LoadedModel model = LoadModel(options.model);
  const std::vector<Width> widths =
      FindWidths(model.graph, options.widths.empty() ? model.graph.width_names() : options.widths);
  ModelData data(model, options.data, Split::kTrain,
                 CalibrationLoading(options.batch, options.augment, global.seed));
  const int64_t most = std::min(options.batches, data.loader().batches_per_epoch());
  Progress progress("calibrate", most * static_cast<int64_t>(widths.size()), 0, global.quiet);
  const int64_t batches =
      CalibrateWidths(model.graph, *model.parameters, widths, options.batches, data.loader(),
                      global.quiet, [&](Width width, int64_t done) {
                        progress.Update(done, "width " + model.graph.width_names()[width]);
                      });
  progress.Clear();
  std::vector<std::string> names;
  for (const Width width : widths) {
    model.info.calibrated[width] = true;
    names.push_back(model.graph.width_names()[width]);
  }
  model.info.made_by += "; slimsplit calibrate --widths " + Joined(names) + " --batches " +
                        std::to_string(batches) + " --batch " + std::to_string(options.batch) +
                        (options.augment.empty() ? "" : " --augment " + options.augment) +
                        " --seed " + std::to_string(global.seed);
  SaveModel(options.out, model.graph, *model.parameters, model.info);
  if (global.json) {
    PrintJsonLine({{"out", options.out},
                   {"widths", names},
                   {"batches", batches},
                   {"images", batches * options.batch}});
  } else {
    printf("%s: widths %s calibrated with %lld images each; calibrated now: %s\n",
           options.out.c_str(), Joined(names).c_str(),
           static_cast<long long>(batches * options.batch), CalibratedNames(model).c_str());
  }
}

}  // namespace

void AddCalibrateCommand(CLI::App& app, const GlobalOptions& global, std::function<void()>* run) {
  const auto options = std::make_shared<CalibrateOptions>();
  CLI::App* command = app.add_subcommand(
      "calibrate", "Estimate the batch norm statistics of widths, so that they can be used.");
  command->add_option("model", options->model, "model file")->required();
  command->add_option("--data", options->data, "data set of the training:\n" + DatasetSpecHelp())
      ->required();
  command->add_option("--widths", options->widths, "widths of the model; default: all")
      ->delimiter(',');
  command->add_option("--batches", options->batches, "training batches per width, at most")
      ->check(CLI::Range(1, 1000000));
  command->add_option("--augment", options->augment,
                      "changes to the images: give what the training had, e.g. pad-crop:4,flip");
  command->add_option("--batch", options->batch, "images per batch")->check(CLI::Range(1, 1 << 20));
  command->add_option("--out", options->out, "model file to write")->required();
  command->callback([=, &global] { *run = [=, &global] { Run(*options, global); }; });
}

}  // namespace slim
