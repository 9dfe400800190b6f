#include "layers/graph_infer_host.h"

#include <string>

#include "core/error_host.h"

namespace slim {

InferredGraph InferGraph(const Graph& graph, Width width, int64_t images) {
  InferredGraph all;
  all.values.resize(static_cast<size_t>(graph.num_nodes) + 1);
  all.nodes.resize(static_cast<size_t>(graph.num_nodes));
  all.values[0] = graph.InputShape(width, images);
  for (int32_t k = 0; k < graph.num_nodes; ++k) {
    const Status status = InferNode(graph, k, width, all.values.data(), &all.nodes[k]);
    if (status.ok()) continue;
    throw UsageError(std::string("node \"") + graph.nodes[k].name + "\": " + status.text);
  }
  return all;
}

}  // namespace slim
