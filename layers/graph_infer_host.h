// What all nodes of a graph find out about themselves at one width.
#ifndef SLIMSPLIT_LAYERS_GRAPH_INFER_HOST_H_
#define SLIMSPLIT_LAYERS_GRAPH_INFER_HOST_H_

#include <stdint.h>

#include <vector>

#include "layers/graph.h"

namespace slim {

struct InferredGraph {
  std::vector<Shape> values;     // 0 = the input, k + 1 = what node k makes
  std::vector<Inference> nodes;  // parameters, sums and scratch of node k
};

// For a batch of `images`. Throws UsageError with the name of the first node that does not fit.
InferredGraph InferGraph(const Graph& graph, Width width, int64_t images = 1);

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_GRAPH_INFER_HOST_H_
