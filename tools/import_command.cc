// slimsplit import: weights of PyTorch -> model file.
#include <stdio.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "layers/nets/nets_host.h"
#include "tools/command.h"
#include "tools/import_torch.h"
#include "tools/print_json.h"

namespace slim {
namespace {

void Report(const ImportOptions& options, const std::string& out, const LoadedModel& model,
            const GlobalOptions& global) {
  const std::vector<std::string>& widths = model.graph.width_names();
  if (global.json) {
    const nlohmann::ordered_json line = {{"net", options.net},
                                         {"out", out},
                                         {"parameters", model.parameters->LearnedCount()},
                                         {"widths", widths},
                                         {"calibrated", {widths.back()}}};
    PrintJsonLine(line);
  } else {
    printf("%s: %s with the weights of %s, %lld parameters\n", out.c_str(), options.net.c_str(),
           options.weights.c_str(), static_cast<long long>(model.parameters->LearnedCount()));
  }
  if (!global.quiet && widths.size() > 1) {
    fprintf(
        stderr,
        "only width %s can be used as it is; the others need training or `slimsplit calibrate`\n",
        widths.back().c_str());
  }
}

}  // namespace

void AddImportCommand(CLI::App& app, const GlobalOptions& global, std::function<void()>* run) {
  const auto options = std::make_shared<ImportOptions>();
  const auto out = std::make_shared<std::string>();
  CLI::App* command =
      app.add_subcommand("import", "Put the weights of a PyTorch network into a network of ours.");
  command->configurable();
  std::string nets;
  for (const std::string& name : NetNames()) nets += (nets.empty() ? "" : ", ") + name;
  command->add_option("--net", options->net, "network: " + nets)->required();
  command->add_option("--weights", options->weights, "safetensors file of a state_dict")
      ->required();
  command->add_option("--out", *out, "model file to write")->required();
  command
      ->add_option("--widths", options->widths,
                   "fractions of the channels, rising; the last is what is stored")
      ->delimiter(',');
  command->add_option("--affine", options->affine,
                      "batch norm scale and shift: per-width (S-Nets) or shared (US-Nets)");
  command->add_option("--divisor", options->divisor, "channel counts are multiples of this")
      ->check(CLI::Range(1, 64));
  command
      ->add_option("--image-size", options->image_size,
                   "height and width of the images; 0 = what the network was designed for")
      ->check(CLI::Range(0, 65535));
  command->add_option("--normalization", options->normalization,
                      "how the weights want their images: imagenet (the default, which also those "
                      "for CIFAR usually take), mnist, ...");
  command->callback([=, &global] {
    *run = [=, &global] {
      LoadedModel model = ImportTorch(*options);
      model.info.made_by = "slimsplit import --net " + options->net + " --weights " +
                           std::filesystem::path(options->weights).filename().string();
      SaveModel(*out, model.graph, *model.parameters, model.info);
      Report(*options, *out, model, global);
    };
  });
}

}  // namespace slim
