#include "tools/split_exit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/error_host.h"
#include "split/runtime/engine_host.h"
#include "tools/evaluate.h"
#include "tools/net_summary.h"
#include "tools/print_json.h"
#include "tools/progress.h"
#include "tools/text_table.h"

namespace slim {
namespace {

[[noreturn]] void Refuse(const std::string& why) {
  throw UsageError("--exit: it was trained for another head: " + why +
                   "; train it with --exit-of this model, at the same cut");
}

// The two must be the same network with the same numbers.
void RequireSameHead(const Graph& head, const Parameters<float>& parameters, const Graph& of_exit,
                     const std::vector<int32_t>& nodes_of_exit, const Parameters<float>& exit) {
  if (head.num_nodes != of_exit.num_nodes) Refuse("the number of nodes differs");
  std::vector<bool> in_head;
  for (int32_t k = 0; k < head.num_nodes; ++k) {
    const Node &a = head.nodes[k], &b = of_exit.nodes[k];
    if (strcmp(a.name, b.name) != 0 || a.kind != b.kind) {
      Refuse(std::string("it has no node \"") + a.name + "\" there");
    }
    in_head.resize(static_cast<size_t>(nodes_of_exit[k]) + 1);
    in_head[nodes_of_exit[k]] = true;
  }
  for (int64_t p = 0; p < exit.size(); ++p) {
    const Parameter<float>& theirs = exit[p];
    if (theirs.node >= static_cast<int32_t>(in_head.size()) || !in_head[theirs.node]) continue;
    const Parameter<float>* ours = parameters.Find(theirs.name);
    if (ours == nullptr || ours->value != theirs.value) Refuse(theirs.name + " differs");
  }
}

}  // namespace

SplitExit::SplitExit(const LoadedModel& exit, SplitModel* split) : exit_(exit), split_(*split) {
  const Graph& head = split->head().graph;
  if (exit.graph.width_names() != split->model().graph.width_names()) {
    Refuse("its widths have other names");
  }
  for (Width row = 0; row < head.plan.rows; ++row) {
    RequireCalibrated(exit.graph, exit.info, row);
  }
  cut_ = CutAfter(exit.graph, exit.graph.FindNode(head.nodes[head.num_nodes - 1].name));
  RequireSameHead(head, *split->model().parameters, cut_.head.view(), cut_.head_nodes,
                  *exit.parameters);
  for (Width row = 0; row < head.plan.rows; ++row) {
    modes_.push_back({-1, static_cast<uint64_t>(Summarise(cut_.tail, row).macs)});
  }
  ModelExit out;
  out.graph = cut_.tail.view();
  out.weights = {
      [](const void* context, int32_t node, int slot, Width row) -> const float* {
        const auto& self = *static_cast<const SplitExit*>(context);
        return self.exit_.parameters->At(self.cut_.tail_nodes[node], slot, row).value.data();
      },
      this};
  out.modes = modes_.data();
  split->SetExit(out);
}

void SplitExit::Measure(Loader& loader, bool quiet) {
  const ModelFile& file = split_.head();
  HostEngine head(file.graph, file.weights, 1), exit(file.exit.graph, file.exit.weights, 1);
  Progress progress("exit", file.graph.plan.rows * loader.batches_per_epoch(), 0, quiet);
  int64_t batches = 0;
  for (Width row = 0; row < file.graph.plan.rows; ++row) {
    head.engine().SetWidth(row);
    exit.engine().SetWidth(row);
    const auto scores_of = [&](const float* image) {
      return exit.engine().Run(head.engine().Run(image).data);
    };
    const ImageCount count = ClassifyEach(loader, scores_of, [&](int64_t) {
      progress.Update(++batches, std::string("mode ") + file.modes[row].name);
    });
    modes_[row].accuracy = static_cast<int32_t>(lround(10000 * count.accuracy()));
  }
  progress.Clear();
}

void SplitExit::Print(bool json) const {
  TextTable table;
  table.Add({"local exit", "MACs", "with head", "parameters", "accuracy"});
  for (Width row = 0; row < split_.head().graph.plan.rows; ++row) {
    const ExitMode& mode = modes_[row];
    const ModelMode& of_head = split_.head().modes[row];
    const NetSummary net = Summarise(cut_.tail, row);
    const double accuracy = mode.accuracy * 1e-4;
    if (json) {
      nlohmann::ordered_json line = {{"local_exit", of_head.name},
                                     {"exit_macs", net.macs},
                                     {"exit_parameters", net.parameters}};
      if (mode.accuracy >= 0) line["accuracy"] = accuracy;
      PrintJsonLine(line);
      continue;
    }
    table.Add({of_head.name, WithUnit(net.macs),
               WithUnit(net.macs + static_cast<int64_t>(of_head.head_macs)),
               WithUnit(net.parameters), mode.accuracy < 0 ? "-" : Percent(accuracy)});
  }
  if (!json) printf("\n%s", table.ToString(1).c_str());
}

}  // namespace slim
