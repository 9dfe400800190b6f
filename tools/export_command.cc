// slimsplit export: cuts a model in two files, the head for a device and the tail for a server.
#include <math.h>
#include <stdio.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "core/error_host.h"
#include "core/file_host.h"
#include "split/runtime/model_file_host.h"
#include "tools/command.h"
#include "tools/model_data.h"
#include "tools/split_calibration.h"
#include "tools/split_check.h"
#include "tools/split_eval.h"
#include "tools/split_exit.h"
#include "tools/split_model.h"

namespace slim {
namespace {

struct ExportOptions {
  std::string model, cut = "bottleneck", exit, out, data, coding = "raw";
  int64_t images = 2048;
};

void Write(const std::string& path, const ModelFile& half) {
  const std::vector<uint8_t> bytes = ModelFileBytes(half);
  WriteFileAtomically(path, {{bytes.data(), bytes.size()}});
}

// The quantiser, where training left none, and the tables of rANS, from training images; or the
// tables of the learned prior.
void Calibrate(const ExportOptions& options, const GlobalOptions& global, const LoadedModel& model,
               SplitModel* split) {
  const bool rans = options.coding == "rans";
  if (options.coding == "prior") split->TakePrior();
  if (split->has_quantizer() && !rans) return;
  if (options.data.empty()) {
    throw UsageError(rans ? "--coding rans counts symbols of images; add --data"
                          : "node \"" + options.cut +
                                "\" is no quantiser, so one must be fitted to images; add --data");
  }
  LoaderOptions load;
  load.seed = global.seed;
  ModelData data(model, options.data, Split::kTrain, load);
  if (!split->has_quantizer()) CalibrateQuantizers(split, data.loader(), options.images);
  if (rans) CountTables(split, data.loader(), options.images);
}

void Run(const ExportOptions& options, const GlobalOptions& global) {
  const LoadedModel model = LoadModel(options.model);
  SplitModel split(model, options.cut);
  std::unique_ptr<LoadedModel> exit_model;
  std::unique_ptr<SplitExit> exit;
  if (!options.exit.empty()) {
    exit_model = std::make_unique<LoadedModel>(LoadModel(options.exit));
    exit = std::make_unique<SplitExit>(*exit_model, &split);
  }
  Calibrate(options, global, model, &split);
  for (size_t row = 0; row < split.modes().size(); ++row) {
    split.modes()[row].payload_bytes = static_cast<uint32_t>(split.features()[row].MostBytes());
  }
  std::vector<SplitEvaluation> results;
  if (!options.data.empty()) {
    LoaderOptions load;
    load.shuffle = false;
    ModelData data(model, options.data, Split::kTest, load);
    results = EvaluateSplit(split.head(), split.tail(), data.loader(), global.quiet);
    for (const SplitEvaluation& result : results) {
      ModelMode& mode = split.modes()[result.row];
      mode.accuracy = static_cast<int32_t>(lround(10000 * result.count.accuracy()));
      mode.payload_bytes = static_cast<uint32_t>(ceil(result.mean_bytes()));
    }
    if (exit != nullptr) exit->Measure(data.loader(), global.quiet);
  }
  split.Seal();
  VerifySplit(model, split.node(), split.head(), split.tail(), global.seed);
  std::filesystem::create_directories(options.out);
  Write(options.out + "/head.slim", split.head());
  Write(options.out + "/tail.slim", split.tail());
  PrintSplit(split.head(), results, global.json);
  if (exit != nullptr) exit->Print(global.json);
}

}  // namespace

void AddExportCommand(CLI::App& app, const GlobalOptions& global, std::function<void()>* run) {
  const auto options = std::make_shared<ExportOptions>();
  CLI::App* command =
      app.add_subcommand("export", "Cut a model in two files, head.slim and tail.slim.");
  command->add_option("model,--model", options->model, "model file")->required();
  command->add_option("--cut", options->cut,
                      "node to cut at: a quantiser is replaced by the codec, another node is the "
                      "last of the head; default: bottleneck");
  command->add_option("--exit", options->exit,
                      "model file of train --exit-of: the head can then answer alone");
  command->add_option("--out", options->out, "folder of head.slim and tail.slim")->required();
  command->add_option("--data", options->data,
                      "data set: training images fit what is missing of the codec, test images "
                      "measure each mode:\n" +
                          DatasetSpecHelp());
  command
      ->add_option("--coding", options->coding,
                   "raw: so many bits a number; rans: entropy-coded by how often symbols occur in "
                   "training images, where that is shorter; prior: entropy-coded by what an "
                   "entropy bottleneck learned")
      ->check(CLI::IsMember({"raw", "rans", "prior"}));
  command->add_option("--images", options->images, "training images to fit the codec, at most")
      ->check(CLI::Range(1, 1 << 30));
  command->callback([=, &global] { *run = [=, &global] { Run(*options, global); }; });
}

}  // namespace slim
