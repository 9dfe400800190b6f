// Graph: a network as data, nodes in execution order.
//
// Built once in C++ (graph_builder_host.h) or read from a file; then stored, cut, planned, run and
// differentiated. A graph owns nothing: nodes, names and the width plan belong to whoever made it.
#ifndef SLIMSPLIT_LAYERS_GRAPH_H_
#define SLIMSPLIT_LAYERS_GRAPH_H_

#include "layers/layer_type.h"

namespace slim {

// No tensor of a graph has more elements: sums of sizes then stay far from overflow.
inline constexpr int64_t kMaxElements = int64_t{1} << 40;
// No input is higher or wider; no layer can make a map grow past what kMaxElements allows.
inline constexpr int64_t kMaxSide = int64_t{1} << 20;

// One layer and where its inputs come from. Value 0 is the input of the graph, value k + 1 the
// output of node k.
struct Node {
  const char* name = "";
  LayerKind kind = LayerKind::kConv2d;
  uint8_t num_inputs = 0;
  uint16_t inputs[kMaxInputs] = {};  // values, each made by an earlier node
  alignas(8) unsigned char layer[kMaxLayerBytes] = {};
};

struct Graph {
  WidthPlan plan;
  int64_t height = 0, width = 0;  // of the input images
  Channels channels;              // of the input images
  const Node* nodes = nullptr;
  int32_t num_nodes = 0;  // >= 1; the last node's output is the output of the graph

  // The input [images][H][W][C] at a width of the plan.
  Shape InputShape(Width row, int64_t images) const {
    return Shape(images, height, width, plan.Active(row, channels));
  }
};

// Judges a graph as a whole: inputs made by earlier nodes, plan within bounds. Not the layers:
// InferNode does.
Status CheckGraph(const Graph& graph);

// Fills `i` for node `index` at one width: `values` holds the shapes of values 0 .. index, value
// index + 1 is added. i->workers, tile and scalar_bytes are the caller's; `where` of an error is
// the node.
Status InferNode(const Graph& graph, int32_t index, Width width, Shape* values, Inference* i);

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_GRAPH_H_
