#include "tools/net_summary.h"

#include <algorithm>

#include "layers/graph_infer_host.h"

namespace slim {
namespace {

int64_t FloatBytes(const Shape& shape) {
  return SaturatingMul(shape.Count(), static_cast<int64_t>(sizeof(float)));
}

// The last node that reads each value; -1 where the width does not need it.
std::vector<int32_t> LastUses(const Graph& graph, const std::vector<Inference>& nodes) {
  std::vector<int32_t> last(graph.num_nodes + 1, -1);
  last[graph.num_nodes] = graph.num_nodes;
  for (int32_t k = graph.num_nodes - 1; k >= 0; --k) {
    if (last[k + 1] < 0) continue;
    for (int j = 0; j < nodes[k].used_inputs; ++j) {
      int32_t& value = last[graph.nodes[k].inputs[j]];
      value = std::max(value, k);
    }
  }
  return last;
}

}  // namespace

NetSummary Summarise(const Graph& graph, Width width) {
  const std::vector<Inference> nodes = InferGraph(graph, width).nodes;
  const std::vector<int32_t> last = LastUses(graph, nodes);
  NetSummary net;
  int64_t live = FloatBytes(graph.InputShape(width, 1));
  for (int32_t k = 0; k < graph.num_nodes; ++k) {
    if (last[k + 1] < 0) continue;
    const Inference& node = nodes[k];
    LayerSummary layer;
    layer.name = graph.nodes[k].name;
    layer.type = TypeOf(graph.nodes[k].kind).name;
    layer.output = node.output;
    layer.macs = node.macs;
    for (int p = 0; p < node.num_params; ++p) {
      if (IsLearned(node.params[p].role)) layer.parameters += node.params[p].active.Count();
    }
    layer.output_bytes = FloatBytes(node.output);
    live += layer.output_bytes;
    layer.live_bytes = live;
    net.macs += layer.macs;
    net.parameters += layer.parameters;
    net.peak_bytes = std::max(net.peak_bytes, live);
    net.layers.push_back(std::move(layer));
    for (int32_t value = 0; value <= k; ++value) {
      if (last[value] != k) continue;
      live -=
          value == 0 ? FloatBytes(graph.InputShape(width, 1)) : FloatBytes(nodes[value - 1].output);
    }
  }
  return net;
}

}  // namespace slim
