#include "layers/graph_cut_host.h"

#include <algorithm>
#include <string>

#include "core/error_host.h"
#include "layers/graph_copy_host.h"
#include "layers/graph_infer_host.h"

namespace slim {
namespace {

class Cutter {
 public:
  // The head makes value `latent`, the tail takes value `decoded`; `name` is what the user calls
  // the cut.
  Cutter(const OwnedGraph& whole, int32_t latent, int32_t decoded, std::string name)
      : whole_(whole),
        graph_(whole.view()),
        latent_(latent),
        decoded_(decoded),
        name_(std::move(name)) {}

  GraphCut Cut() {
    if (latent_ == 0) Refuse("nothing lies before it");
    if (decoded_ == graph_.num_nodes) Refuse("nothing lies behind it");
    FindHead();
    FindTail();
    GraphCut cut;
    GraphBuilder head = BuilderLike(whole_, graph_.height, graph_.width);
    head.Input(graph_.channels);
    cut.head = Build(&head, 0, in_head_, &cut.head_nodes);
    const std::vector<Shape> shapes = DecodedShapes();
    GraphBuilder tail = BuilderLike(whole_, shapes[0].h(), shapes[0].w());
    std::vector<int> channels;
    for (const Shape& shape : shapes) channels.push_back(static_cast<int>(shape.c()));
    const int most = *std::max_element(channels.begin(), channels.end());
    tail.Input(tail.PerWidth(most, channels));
    cut.tail = Build(&tail, decoded_, in_tail_, &cut.tail_nodes);
    return cut;
  }

 private:
  [[noreturn]] void Refuse(const std::string& rule) const {
    throw UsageError("the network cannot be cut at \"" + name_ + "\": " + rule +
                     "; choose another node of `slimsplit inspect`");
  }

  std::string NameOf(int32_t value) const {
    return value == 0 ? "the image" : "\"" + std::string(graph_.nodes[value - 1].name) + "\"";
  }

  // The nodes that the latent needs.
  void FindHead() {
    in_head_.assign(graph_.num_nodes, false);
    in_head_[latent_ - 1] = true;
    for (int32_t k = latent_ - 1; k >= 0; --k) {
      const Node& node = graph_.nodes[k];
      for (int j = 0; in_head_[k] && j < node.num_inputs; ++j) {
        if (node.inputs[j] > 0) in_head_[node.inputs[j] - 1] = true;
      }
    }
  }

  // The nodes that the output needs beyond the latent.
  void FindTail() {
    in_tail_.assign(graph_.num_nodes, false);
    in_tail_[graph_.num_nodes - 1] = true;
    for (int32_t k = graph_.num_nodes - 1; k >= 0; --k) {
      const Node& node = graph_.nodes[k];
      for (int j = 0; in_tail_[k] && j < node.num_inputs; ++j) {
        const int32_t value = node.inputs[j];
        if (value == decoded_) continue;
        if (value == 0 || in_head_[value - 1]) {
          Refuse(NameOf(k + 1) + " behind it reads " + NameOf(value) + " before it");
        }
        in_tail_[value - 1] = true;
      }
    }
  }

  // Of the value that the tail takes, at each width.
  std::vector<Shape> DecodedShapes() const {
    std::vector<Shape> shapes;
    for (Width row = 0; row < graph_.plan.rows; ++row) {
      const Shape shape = InferGraph(graph_, row).values[decoded_];
      if (row > 0 && (shape.h() != shapes[0].h() || shape.w() != shapes[0].w())) {
        Refuse("its height or width is not the same at all widths");
      }
      if (shape.c() > UINT16_MAX) Refuse("it has more than 65535 channels");
      shapes.push_back(shape);
    }
    return shapes;
  }

  // The chosen nodes, with value `input` as their input.
  OwnedGraph Build(GraphBuilder* builder, int32_t input, const std::vector<bool>& chosen,
                   std::vector<int32_t>* nodes) const {
    std::vector<Value> made(static_cast<size_t>(graph_.num_nodes) + 1);
    made[input] = {0};
    for (int32_t k = 0; k < graph_.num_nodes; ++k) {
      if (!chosen[k]) continue;
      const Node& node = graph_.nodes[k];
      std::vector<Value> inputs;
      for (int j = 0; j < node.num_inputs; ++j) inputs.push_back(made[node.inputs[j]]);
      made[k + 1] = builder->AddNode(node.name, node.kind, node.layer, kMaxLayerBytes, inputs);
      nodes->push_back(k);
    }
    return builder->Build();
  }

  const OwnedGraph& whole_;
  const Graph& graph_;
  const int32_t latent_, decoded_;
  const std::string name_;
  std::vector<bool> in_head_, in_tail_;  // [nodes]
};

}  // namespace

GraphCut CutAfter(const OwnedGraph& graph, int32_t node) {
  return Cutter(graph, node + 1, node + 1, graph.view().nodes[node].name).Cut();
}

GraphCut CutOut(const OwnedGraph& graph, int32_t node) {
  const Node& quantiser = graph.view().nodes[node];
  if (quantiser.num_inputs != 1) {
    throw UsageError(std::string("the network cannot be cut at \"") + quantiser.name +
                     "\": it has more than one input");
  }
  return Cutter(graph, quantiser.inputs[0], node + 1, quantiser.name).Cut();
}

}  // namespace slim
