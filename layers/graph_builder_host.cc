#include "layers/graph_builder_host.h"

#include <math.h>

#include <utility>

#include "core/error_host.h"

namespace slim {
namespace {

std::string Shortest(double value) {
  char text[32];
  for (int digits = 1; digits <= 17; ++digits) {
    snprintf(text, sizeof(text), "%.*g", digits, value);
    if (strtod(text, nullptr) == value) break;
  }
  return text;
}

// MobileNetV2's rule: to the nearest multiple of divisor, up again when that loses more than 10 %.
int MakeDivisible(double count, int divisor) {
  int rounded = static_cast<int>(count + divisor / 2.0) / divisor * divisor;
  if (rounded < divisor) rounded = divisor;
  if (rounded < 0.9 * count) rounded += divisor;
  return rounded;
}

std::string Joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace

OwnedGraph& OwnedGraph::operator=(const OwnedGraph& other) {
  view_ = other.view_;
  width_names_ = other.width_names_;
  active_ = other.active_;
  full_ = other.full_;
  nodes_ = other.nodes_;
  node_names_.clear();
  for (const auto& name : other.node_names_)
    node_names_.push_back(std::make_unique<std::string>(*name));
  Bind();
  return *this;
}

void OwnedGraph::Bind() {
  view_.plan.rows = static_cast<int32_t>(width_names_.size());
  view_.plan.spaces = static_cast<int32_t>(full_.size());
  view_.plan.active = active_.data();
  view_.plan.full = full_.data();
  for (size_t i = 0; i < nodes_.size(); ++i) nodes_[i].name = node_names_[i]->c_str();
  view_.nodes = nodes_.data();
  view_.num_nodes = static_cast<int32_t>(nodes_.size());
}

Width OwnedGraph::FindWidth(const std::string& name) const {
  for (size_t i = 0; i < width_names_.size(); ++i) {
    char* end = nullptr;
    const double number = strtod(name.c_str(), &end);
    const bool is_number = end != name.c_str() && *end == 0;
    if (width_names_[i] == name || (is_number && Shortest(number) == width_names_[i])) {
      return static_cast<Width>(i);
    }
  }
  throw UsageError("the network has no width \"" + name + "\"; it has " + Joined(width_names_));
}

int32_t OwnedGraph::FindNode(const std::string& name) const {
  for (size_t i = 0; i < nodes_.size(); ++i) {
    if (*node_names_[i] == name) return static_cast<int32_t>(i);
  }
  throw UsageError("the network has no node \"" + name + "\"; `slimsplit inspect` lists them");
}

WidthRows UniformWidths(const std::vector<double>& multipliers) {
  WidthRows rows;
  for (double m : multipliers) {
    if (!(m > 0 && m <= 1) || (!rows.multipliers.empty() && m <= rows.multipliers.back())) {
      throw UsageError("widths must rise strictly and lie in (0, 1], but one is " + Shortest(m));
    }
    rows.multipliers.push_back(m);
    rows.names.push_back(Shortest(m));
  }
  if (rows.multipliers.empty()) throw UsageError("a network needs at least one width");
  return rows;
}

GraphBuilder::GraphBuilder(int64_t height, int64_t width, WidthRows rows) : rows_(std::move(rows)) {
  graph_.view_.height = height;
  graph_.view_.width = width;
  graph_.width_names_ = rows_.names;
}

Channels GraphBuilder::PerWidth(int count, std::vector<int> active) {
  if (active.size() != rows_.names.size() || count < 1 || count > UINT16_MAX ||
      full_.size() == UINT16_MAX) {
    Refuse("", "a channel space needs one count per width, each in 1 .. 65535");
  }
  spaces_.emplace_back();
  for (int a : active) spaces_.back().push_back(static_cast<uint16_t>(a));
  full_.push_back(static_cast<uint16_t>(count));
  return {static_cast<uint16_t>(full_.size() - 1)};
}

Channels GraphBuilder::Fixed(int count) {
  return PerWidth(count, std::vector<int>(rows_.names.size(), count));
}

Channels GraphBuilder::Sliced(int count, int divisor) {
  std::vector<int> active;
  for (double m : rows_.multipliers)
    active.push_back(m == 1 ? count : MakeDivisible(count * m, divisor));
  const int full = active.back();
  return PerWidth(full, std::move(active));
}

Channels GraphBuilder::Multiple(Channels c, int factor) {
  std::vector<int> active;
  for (const uint16_t a : spaces_[c.space]) active.push_back(factor * a);
  return PerWidth(factor * full_[c.space], std::move(active));
}

Value GraphBuilder::Input(Channels channels) {
  graph_.view_.channels = channels;
  return {0};
}

Value GraphBuilder::AddNode(const std::string& name, LayerKind kind, const void* layer,
                            size_t layer_bytes, const std::vector<Value>& inputs) {
  if (name.empty() ||
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.") !=
          std::string::npos) {
    Refuse(name, "a node's name uses letters, digits, _ and . only");
  }
  for (const auto& other : graph_.node_names_) {
    if (*other == name) Refuse(name, "another node has the same name");
  }
  if (inputs.size() > kMaxInputs) Refuse(name, "a node has at most 8 inputs");
  if (graph_.nodes_.size() >= UINT16_MAX) Refuse(name, "a graph has at most 65535 nodes");
  Node node;
  node.kind = kind;
  node.num_inputs = static_cast<uint8_t>(inputs.size());
  for (size_t i = 0; i < inputs.size(); ++i) node.inputs[i] = static_cast<uint16_t>(inputs[i].id);
  memcpy(node.layer, layer, layer_bytes);
  graph_.nodes_.push_back(node);
  graph_.node_names_.push_back(std::make_unique<std::string>(name));
  return {static_cast<int32_t>(graph_.nodes_.size())};
}

OwnedGraph GraphBuilder::Build() {
  const size_t spaces = full_.size();
  graph_.full_ = full_;
  graph_.active_.resize(rows_.names.size() * spaces);
  for (size_t space = 0; space < spaces; ++space) {
    for (size_t row = 0; row < rows_.names.size(); ++row) {
      graph_.active_[row * spaces + space] = spaces_[space][row];
    }
  }
  graph_.Bind();
  const Graph& graph = graph_.view();
  Status status = CheckGraph(graph);
  std::vector<Shape> values(graph.num_nodes + 1);
  for (Width width = 0; width < graph.plan.rows && status.ok(); ++width) {
    values[0] = graph.InputShape(width, 1);
    for (int32_t k = 0; k < graph.num_nodes && status.ok(); ++k) {
      Inference inference;
      status = InferNode(graph, k, width, values.data(), &inference);
    }
  }
  if (!status.ok()) {
    Refuse(
        status.where >= 0 && status.where < graph.num_nodes ? graph.nodes[status.where].name : "",
        status.text);
  }
  return std::move(graph_);
}

void GraphBuilder::Refuse(const std::string& node, const std::string& rule) const {
  throw UsageError("the network cannot be built" + (node.empty() ? "" : ": node \"" + node + "\"") +
                   ": " + rule);
}

}  // namespace slim
