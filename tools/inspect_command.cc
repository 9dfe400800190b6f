// slimsplit inspect: what a network is made of, and what each width costs.
#include <stdio.h>

#include <memory>

#include "autograd/model_file.h"
#include "core/error_host.h"
#include "layers/nets/nets_host.h"
#include "tools/command.h"
#include "tools/net_summary.h"
#include "tools/print_json.h"
#include "tools/text_table.h"

namespace slim {
namespace {

struct InspectOptions {
  std::string model, net, size;
  std::vector<double> widths = {1.0};
  int classes = 10;
  std::string width;
};

// A network, and what is known of it when it comes from a file.
struct Inspected {
  OwnedGraph graph;
  bool from_file = false;
  ModelInfo info;
};

// Fills `net` from "HxWxC", e.g. 32x32x3.
void ParseSize(const std::string& text, NetOptions* net) {
  int height = 0, width = 0, channels = 0, end = 0;
  if (sscanf(text.c_str(), "%5dx%5dx%5d%n", &height, &width, &channels, &end) != 3 ||
      static_cast<size_t>(end) != text.size() || height < 1 || width < 1 || channels < 1) {
    throw UsageError("--size: \"" + text + "\" is not HEIGHTxWIDTHxCHANNELS, e.g. 32x32x3");
  }
  net->height = height;
  net->width = width;
  net->channels = channels;
}

Inspected Open(const InspectOptions& options) {
  if (options.model.empty() == options.net.empty()) {
    throw UsageError("inspect takes either a model file or --net NAME");
  }
  Inspected inspected;
  if (!options.model.empty()) {
    LoadedModel model = LoadModel(options.model);
    inspected.graph = std::move(model.graph);
    inspected.info = std::move(model.info);
    inspected.from_file = true;
    return inspected;
  }
  NetOptions net;
  net.height = net.width = UsualImageSize(options.net);
  if (!options.size.empty()) ParseSize(options.size, &net);
  net.widths = options.widths;
  net.classes = options.classes;
  inspected.graph = MakeNet(options.net, net);
  return inspected;
}

int64_t StoredParameters(const OwnedGraph& graph) {
  int64_t count = 0;
  for (const ParameterInfo& info : ListParameters(graph)) {
    if (IsLearned(info.role)) count += info.shape.Count();
  }
  return count;
}

std::string Text(const Shape& s) {
  return std::to_string(s.h()) + "x" + std::to_string(s.w()) + "x" + std::to_string(s.c());
}

std::string CalibratedText(const Inspected& i, Width width) {
  return !i.from_file ? "" : i.info.calibrated[width] ? "yes" : "no";
}

void PrintText(const Inspected& inspected, Width shown) {
  const Graph& graph = inspected.graph.view();
  const std::vector<std::string>& names = inspected.graph.width_names();
  const NetSummary net = Summarise(inspected.graph, shown);
  printf("input %s, width %s, batch of one image\n\n", Text(graph.InputShape(shown, 1)).c_str(),
         names[shown].c_str());
  TextTable layers;
  layers.Add({"layer", "type", "output", "MACs", "parameters", "output memory", "live memory"});
  for (const LayerSummary& l : net.layers) {
    layers.Add({l.name, l.type, Text(l.output), WithUnit(l.macs), WithUnit(l.parameters),
                BytesWithUnit(l.output_bytes), BytesWithUnit(l.live_bytes)});
  }
  printf("%s\n", layers.ToString(2).c_str());

  std::vector<std::string> titles = {"width"}, macs = {"MACs"}, parameters = {"parameters"},
                           peak = {"peak activation memory"}, calibrated = {"calibrated"};
  for (Width width = 0; width < graph.plan.rows; ++width) {
    const NetSummary total = Summarise(inspected.graph, width);
    titles.push_back(names[width]);
    macs.push_back(WithUnit(total.macs));
    parameters.push_back(WithUnit(total.parameters));
    peak.push_back(BytesWithUnit(total.peak_bytes));
    calibrated.push_back(CalibratedText(inspected, width));
  }
  TextTable totals;
  totals.Add(titles);
  totals.Add(macs);
  totals.Add(parameters);
  totals.Add(peak);
  if (inspected.from_file) totals.Add(calibrated);
  printf("%s\n", totals.ToString(1).c_str());
  printf("%s parameters are stored for all widths together (%s in float).\n",
         WithUnit(StoredParameters(inspected.graph)).c_str(),
         BytesWithUnit(4 * StoredParameters(inspected.graph)).c_str());
  if (!inspected.info.made_by.empty()) printf("made by: %s\n", inspected.info.made_by.c_str());
}

void PrintJson(const Inspected& inspected, Width shown) {
  const std::vector<std::string>& names = inspected.graph.width_names();
  for (const LayerSummary& l : Summarise(inspected.graph, shown).layers) {
    PrintJsonLine({{"layer", l.name},
                   {"type", l.type},
                   {"width", names[shown]},
                   {"output", {l.output.h(), l.output.w(), l.output.c()}},
                   {"macs", l.macs},
                   {"parameters", l.parameters},
                   {"output_bytes", l.output_bytes},
                   {"live_bytes", l.live_bytes}});
  }
  for (size_t width = 0; width < names.size(); ++width) {
    const NetSummary total = Summarise(inspected.graph, static_cast<Width>(width));
    nlohmann::ordered_json line = {{"total", names[width]},
                                   {"macs", total.macs},
                                   {"parameters", total.parameters},
                                   {"stored_parameters", StoredParameters(inspected.graph)},
                                   {"peak_activation_bytes", total.peak_bytes}};
    if (inspected.from_file) {
      line["calibrated"] = static_cast<bool>(inspected.info.calibrated[width]);
    }
    PrintJsonLine(line);
  }
}

}  // namespace

void AddInspectCommand(CLI::App& app, const GlobalOptions& global, std::function<void()>* run) {
  const auto options = std::make_shared<InspectOptions>();
  CLI::App* command =
      app.add_subcommand("inspect", "Show the layers of a network and what each width costs.");
  command->add_option("model", options->model, "model file; or --net");
  CLI::Option* net = command->add_option("--net", options->net, "network: " + Joined(NetNames()));
  command->add_option("--widths", options->widths, "with --net: fractions of the channels")
      ->delimiter(',')
      ->needs(net);
  command
      ->add_option("--size", options->size,
                   "with --net: HEIGHTxWIDTHxCHANNELS of the images; default: as designed")
      ->needs(net);
  command->add_option("--classes", options->classes, "with --net: outputs of the classifier")
      ->check(CLI::Range(1, 65535))
      ->needs(net);
  command->add_option("--width", options->width, "of the table of layers; default: the widest");
  command->callback([=, &global] {
    *run = [=, &global] {
      const Inspected inspected = Open(*options);
      const Width widest = inspected.graph.view().plan.rows - 1;
      const Width shown =
          options->width.empty() ? widest : inspected.graph.FindWidth(options->width);
      (global.json ? PrintJson : PrintText)(inspected, shown);
    };
  });
}

}  // namespace slim
