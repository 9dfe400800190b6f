// slimsplit calibrate: statistics of batch norm for chosen widths, from training images.
#include <stdio.h>

#include <memory>

#include "autograd/calibrate.h"
#include "core/error_host.h"
#include "tools/command.h"
#include "tools/model_data.h"
#include "tools/print_json.h"
#include "tools/progress.h"
#include "tools/text_table.h"

namespace slim {
namespace {

struct CalibrateOptions {
  std::string model, data, out;
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

// Calibrates one width of the model with the first batches of the loader's epoch 0.
void CalibrateWidth(LoadedModel* model, Width width, int64_t batches, Loader* loader,
                    Progress* progress, int64_t done) {
  Calibration calibration(model->graph, *model->parameters, width);
  loader->StartEpoch(0);
  while (calibration.batches() < batches) {
    const Batch* batch = loader->Next();
    calibration.AddBatch(TensorView<const float>(batch->images.data(), batch->shape));
    progress->Update(done + calibration.batches(), "width " + model->graph.width_names()[width]);
  }
  model->info.calibrated[width] = true;
}

void Run(const CalibrateOptions& options, const GlobalOptions& global) {
  LoadedModel model = LoadModel(options.model);
  const std::vector<Width> widths =
      FindWidths(model.graph, options.widths.empty() ? model.graph.width_names() : options.widths);
  LoaderOptions load;
  load.batch_size = options.batch;
  load.seed = global.seed;
  load.drop_last = true;
  ModelData data(model, options.data, Split::kTrain, load);
  if (options.batches > data.loader().batches_per_epoch()) {
    throw UsageError("batches: the data set has " +
                     std::to_string(data.loader().batches_per_epoch()) + " batches of " +
                     std::to_string(options.batch) + " images, not " +
                     std::to_string(options.batches));
  }
  Progress progress("calibrate", options.batches * static_cast<int64_t>(widths.size()), 0,
                    global.quiet);
  std::vector<std::string> names;
  for (const Width width : widths) {
    CalibrateWidth(&model, width, options.batches, &data.loader(), &progress,
                   options.batches * static_cast<int64_t>(names.size()));
    names.push_back(model.graph.width_names()[width]);
  }
  progress.Clear();
  model.info.made_by += "; slimsplit calibrate --widths " + Joined(names) + " --batches " +
                        std::to_string(options.batches) + " --batch " +
                        std::to_string(options.batch) + " --seed " + std::to_string(global.seed);
  SaveModel(options.out, model.graph, *model.parameters, model.info);
  if (global.json) {
    PrintJsonLine({{"out", options.out},
                   {"widths", names},
                   {"batches", options.batches},
                   {"images", options.batches * options.batch}});
  } else {
    printf("%s: widths %s calibrated with %lld images each; calibrated now: %s\n",
           options.out.c_str(), Joined(names).c_str(),
           static_cast<long long>(options.batches * options.batch), CalibratedNames(model).c_str());
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
  command->add_option("--batches", options->batches, "training batches per width")
      ->check(CLI::Range(1, 1000000));
  command->add_option("--batch", options->batch, "images per batch")->check(CLI::Range(1, 1 << 20));
  command->add_option("--out", options->out, "model file to write")->required();
  command->callback([=, &global] { *run = [=, &global] { Run(*options, global); }; });
}

}  // namespace slim
