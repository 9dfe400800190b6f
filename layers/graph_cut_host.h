// Cutting a network in two: a head that turns an image into a latent, and a tail that goes on from
// there. Both keep the rows of the width plan and the names of widths and nodes.
#ifndef SLIMSPLIT_LAYERS_GRAPH_CUT_HOST_H_
#define SLIMSPLIT_LAYERS_GRAPH_CUT_HOST_H_

#include <stdint.h>

#include <vector>

#include "layers/graph_builder_host.h"

namespace slim {

struct GraphCut {
  OwnedGraph head, tail;
  std::vector<int32_t> head_nodes, tail_nodes;  // of each of their nodes, the node of the whole
};

// The head ends with `node`, the tail takes its output. Throws UsageError naming the nodes when a
// node behind the cut reads something else that is made before it, when one half would be empty, or
// when the height or width of the latent depends on the width of the network.
GraphCut CutAfter(const OwnedGraph& graph, int32_t node);

// Whether a codec does the work of such a layer: an export takes it out.
inline bool IsBottleneck(LayerKind kind) {
  return kind == LayerKind::kFakeQuantize || kind == LayerKind::kEntropyBottleneck;
}

// Takes `node`, which has one input, out: the head ends with that input, the tail takes the node's
// output. For a quantiser whose place a codec takes.
GraphCut CutOut(const OwnedGraph& graph, int32_t node);

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_GRAPH_CUT_HOST_H_
