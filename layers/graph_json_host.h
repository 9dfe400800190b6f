// A graph as JSON text, the form in which files carry it.
//
//   {"version": 1,
//    "widths": ["0.5", "1"],                                    one name per width
//    "spaces": {"full": [3, 16], "active": [[3, 8], [3, 16]]},  active: one list per width
//    "input": {"height": 32, "width": 32, "channels": 0},       channels: a space
//    "nodes": [{"name": "conv", "layer": "conv2d", "inputs": [0],
//               "fields": {"in": 0, "out": 1, "kernel": 3, ...}}, ...]}
//
// Input 0 is the input of the graph, k + 1 the output of node k. Fields are those that the layer
// lists itself, all of them.
#ifndef SLIMSPLIT_LAYERS_GRAPH_JSON_HOST_H_
#define SLIMSPLIT_LAYERS_GRAPH_JSON_HOST_H_

#include <string>

#include "layers/graph_builder_host.h"

namespace slim {

// The same graph gives the same bytes, and so does the graph that is read from them. Throws
// UsageError when the text could not be read again: more than 256 widths, an image side above
// 65535, 1 MiB of text.
std::string GraphToJson(const OwnedGraph& graph);

// Reads and judges a graph completely, at every width. Throws BadInput naming `source` (the file),
// node and rule: an unknown layer, a field that is unknown, missing or out of range, layers that do
// not fit each other.
OwnedGraph GraphFromJson(const std::string& source, const std::string& text);

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_GRAPH_JSON_HOST_H_
