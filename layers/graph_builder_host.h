// GraphBuilder: writes a slimmable network as C++ and gives an OwnedGraph.
//
//   GraphBuilder b(32, 32, UniformWidths({0.25, 0.5, 1.0}));
//   Channels rgb = b.Fixed(3), c16 = b.Sliced(16);
//   Value x = b.Input(rgb);
//   x = b.Add("conv", Conv2d{rgb, c16}, {x});
//   OwnedGraph net = b.Build();
#ifndef SLIMSPLIT_LAYERS_GRAPH_BUILDER_HOST_H_
#define SLIMSPLIT_LAYERS_GRAPH_BUILDER_HOST_H_

#include <string.h>

#include <deque>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "layers/graph.h"

namespace slim {

// A graph together with what it points to. Moving keeps the pointers valid; copying is a deep copy.
class OwnedGraph {
 public:
  OwnedGraph() = default;
  OwnedGraph(const OwnedGraph& other) { *this = other; }
  OwnedGraph& operator=(const OwnedGraph& other);
  OwnedGraph(OwnedGraph&&) = default;
  OwnedGraph& operator=(OwnedGraph&&) = default;

  const Graph& view() const { return view_; }
  // One name per width of the plan, e.g. "0.25".
  const std::vector<std::string>& width_names() const { return width_names_; }
  // The width of that name; throws Error that lists the names.
  Width FindWidth(const std::string& name) const;
  // The node of that name; throws Error when there is none.
  int32_t FindNode(const std::string& name) const;

 private:
  friend class GraphBuilder;
  friend OwnedGraph GraphFromJson(const std::string& source, const std::string& text);
  // Points the view to the vectors.
  void Bind();

  Graph view_;
  std::vector<std::string> width_names_;
  std::vector<uint16_t> active_, full_;
  std::vector<Node> nodes_;
  std::vector<std::unique_ptr<std::string>> node_names_;
};

// Widths as multipliers of every sliced space; each is a row of the plan, named as the shortest
// decimal.
struct WidthRows {
  std::vector<double> multipliers;
  std::vector<std::string> names;
};
// Multipliers in (0, 1], strictly increasing; throws UsageError otherwise. The last one is what is
// stored: {0.5} is a network of its own with half the channels.
WidthRows UniformWidths(const std::vector<double>& multipliers);

// A value of the graph under construction.
struct Value {
  int32_t id = -1;
};

class GraphBuilder {
 public:
  // For images of height x width pixels.
  GraphBuilder(int64_t height, int64_t width, WidthRows rows);

  // A space with `count` channels at every width.
  Channels Fixed(int count);
  // A space with round(count * multiplier) channels, made a multiple of `divisor` as in MobileNetV2
  // (never below 90 %), at least `divisor`; `count` itself at multiplier 1.
  Channels Sliced(int count, int divisor = 1);
  // A space with the given number of channels (or members) per width.
  Channels PerWidth(int count, std::vector<int> active);
  // A space with `factor` channels for each channel of `c`, at every width.
  Channels Multiple(Channels c, int factor);

  int Full(Channels c) const { return full_[c.space]; }

  Value Input(Channels channels);
  // Adds a layer; names are unique within a graph and use [A-Za-z0-9_.] only. Throws UsageError
  // otherwise.
  template <class L>
  Value Add(const std::string& name, const L& layer, const std::vector<Value>& inputs) {
    LayerKind kind;
    if (!FindLayerKind(L::kName, &kind)) Refuse(name, "the layer is not in layers.inc");
    return AddNode(name, kind, &layer, sizeof(L), inputs);
  }
  Value AddNode(const std::string& name, LayerKind kind, const void* layer, size_t layer_bytes,
                const std::vector<Value>& inputs);

  // Judges the graph at every width (UsageError names node and rule) and gives it away.
  OwnedGraph Build();

 private:
  [[noreturn]] void Refuse(const std::string& node, const std::string& rule) const;

  WidthRows rows_;
  OwnedGraph graph_;
  std::vector<std::vector<uint16_t>> spaces_;  // [space][row]
  std::vector<uint16_t> full_;
};

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_GRAPH_BUILDER_HOST_H_
