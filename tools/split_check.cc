#include "tools/split_check.h"

#include <math.h>
#include <stdio.h>

#include <algorithm>
#include <string>
#include <vector>

#include "autograd/tape.h"
#include "core/error_host.h"
#include "core/random.h"
#include "layers/graph_cut_host.h"
#include "split/runtime/engine_host.h"

namespace slim {
namespace {

// Throws when the engine's numbers are not the tape's.
void Compare(const TensorView<const float>& tape, const TensorView<const float>& engine,
             const std::string& what) {
  double largest = 1, difference = 0;
  for (int64_t i = 0; i < tape.Count(); ++i) {
    largest = std::max(largest, fabs(static_cast<double>(tape.data[i])));
    const double d = fabs(static_cast<double>(tape.data[i]) - engine.data[i]);
    if (!(d <= difference)) difference = d;
    if (isnan(d)) break;
  }
  if (difference <= kSplitTolerance * largest) return;
  char text[64];
  snprintf(text, sizeof text, "%.3g, where values reach %.3g", difference, largest);
  throw Error(ErrorKind::kVerification,
              what + " does not compute what the model does: they differ by " + text +
                  "; keep the model file and report this");
}

}  // namespace

void VerifySplit(const LoadedModel& model, int32_t node, const ModelFile& head,
                 const ModelFile& tail, uint64_t seed) {
  const Graph& graph = model.graph.view();
  HostEngine head_engine(head.graph, head.weights, 1), tail_engine(tail.graph, tail.weights, 1);
  Random random(seed);
  std::vector<float> image(static_cast<size_t>(graph.InputShape(0, 1).Count()));
  Tape<float> tape;
  std::vector<Var> values;
  for (Width row = 0; row < graph.plan.rows; ++row) {
    for (float& x : image) x = random.Normal();
    const TensorView<const float> input(image.data(), graph.InputShape(row, 1));
    const Var logits =
        tape.Run(graph, *model.parameters, row, tape.Constant(input), RunOptions(), &values);
    const bool taken_out = IsBottleneck(graph.nodes[node].kind);
    const int32_t sent = taken_out ? graph.nodes[node].inputs[0] : node + 1;
    const std::string mode = "mode " + model.graph.width_names()[row] + ": the ";
    head_engine.engine().SetWidth(row);
    Compare(tape.Value(values[sent]), head_engine.engine().Run(image.data()), mode + "head");
    tail_engine.engine().SetWidth(row);
    Compare(tape.Value(logits), tail_engine.engine().Run(tape.Value(values[node + 1]).data),
            mode + "tail");
    tape.Clear();
  }
}

}  // namespace slim
