// What a network costs at one width, for a batch of one image: found without running it.
#ifndef SLIMSPLIT_TOOLS_NET_SUMMARY_H_
#define SLIMSPLIT_TOOLS_NET_SUMMARY_H_

#include <stdint.h>

#include <string>
#include <vector>

#include "layers/graph_builder_host.h"

namespace slim {

// One layer that the width runs.
struct LayerSummary {
  std::string name, type;
  Shape output;              // [1][H][W][C]
  int64_t macs = 0;          // multiply-accumulates
  int64_t parameters = 0;    // learned numbers that the width uses; statistics not counted
  int64_t output_bytes = 0;  // of the output in float
  int64_t live_bytes = 0;    // of all activations that must exist while the layer runs
};

struct NetSummary {
  std::vector<LayerSummary> layers;  // in execution order
  int64_t macs = 0, parameters = 0;
  int64_t peak_bytes = 0;  // largest live_bytes; kernels' scratch memory comes on top

  const Shape& output() const { return layers.back().output; }
};

NetSummary Summarise(const Graph& graph, Width width);
inline NetSummary Summarise(const OwnedGraph& graph, Width width) {
  return Summarise(graph.view(), width);
}

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_NET_SUMMARY_H_
