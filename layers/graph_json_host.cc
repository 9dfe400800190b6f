#include "layers/graph_json_host.h"

#include <set>
#include <utility>

#include "core/error_host.h"
#include "core/json_host.h"
#include "core/json_place_host.h"

namespace slim {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr int kVersion = 1;
constexpr size_t kMaxWidths = 256;
constexpr int64_t kMaxImageSide = 65535;
constexpr int64_t kMaxBytes = int64_t{1} << 20;

class FieldWriter final : public FieldVisitor {
 public:
  ordered_json TakeFields() { return std::move(fields_); }

 protected:
  void Int(const char* name, int64_t& value) override { fields_[name] = value; }
  void Float(const char* name, float& value) override { fields_[name] = ShortestDecimal(value); }

 private:
  ordered_json fields_ = ordered_json::object();
};

class FieldReader final : public FieldVisitor {
 public:
  FieldReader(const JsonPlace& fields, int32_t spaces) : fields_(fields), spaces_(spaces) {}

  // Every member was a field of the layer, and fitted it.
  void ExpectDone() const {
    if (!ok()) fields_.Refuse("\"" + std::string(refused()) + "\" is out of range");
    for (const auto& member : fields_.value().items()) {
      if (seen_.count(member.key()) == 0) fields_.Refuse(Quoted(member.key()) + " is unknown");
    }
  }

 protected:
  void Int(const char* name, int64_t& value) override {
    value = Seen(name).Integer(INT64_MIN, INT64_MAX);
  }
  void Float(const char* name, float& value) override { value = Seen(name).Float(); }
  void Space(const char* name, Channels& channels) override {
    channels.space = static_cast<uint16_t>(Seen(name).Integer(0, spaces_ - 1));
  }

 private:
  JsonPlace Seen(const char* name) {
    seen_.insert(name);
    return fields_.Member(name);
  }

  const JsonPlace& fields_;
  int32_t spaces_;
  std::set<std::string> seen_;
};

std::string KnownLayers() {
  constexpr LayerKind kKinds[] = {
#define SLIM_LAYER(Type) LayerKind::k##Type,
#include "layers/layers.inc"
#undef SLIM_LAYER
  };
  std::string names;
  for (const LayerKind kind : kKinds)
    names += std::string(names.empty() ? "" : ", ") + TypeOf(kind).name;
  return names;
}

const std::string& ReadNodeName(const JsonPlace& entry) {
  const std::string& name = entry.Member("name").Text();
  if (name.empty() ||
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.") !=
          std::string::npos) {
    entry.Refuse("a node's name uses letters, digits, _ and . only");
  }
  return name;
}

// Node `index`, but for its name.
Node ReadNode(const JsonPlace& entry, int32_t index, int32_t spaces) {
  entry.ExpectMembers({"name", "layer", "inputs", "fields"});
  Node node;
  const std::string& layer = entry.Member("layer").Text();
  if (!FindLayerKind(layer.c_str(), &node.kind) || layer != TypeOf(node.kind).name) {
    entry.Refuse("unknown layer " + Quoted(layer) + "; this slimsplit knows " + KnownLayers());
  }
  const JsonPlace inputs = entry.Member("inputs");
  const size_t count = inputs.Count();
  if (count < 1 || count > kMaxInputs) inputs.Refuse("a node has 1 to 8 inputs");
  node.num_inputs = static_cast<uint8_t>(count);
  for (size_t i = 0; i < count; ++i)
    node.inputs[i] = static_cast<uint16_t>(inputs.Element(i).Integer(0, index));
  const JsonPlace fields = entry.Member("fields");
  fields.Has("");  // judges that it is an object
  const LayerType& type = TypeOf(node.kind);
  type.construct(node.layer);
  FieldReader reader(fields, spaces);
  type.fields(node.layer, reader);
  reader.ExpectDone();
  return node;
}

// Appends `expected` counts of channels.
void ReadCounts(const JsonPlace& counts, size_t expected, std::vector<uint16_t>* values) {
  if (counts.Count() != expected) counts.Refuse("must have one number per channel space");
  for (size_t i = 0; i < expected; ++i)
    values->push_back(static_cast<uint16_t>(counts.Element(i).Integer(1, UINT16_MAX)));
}

std::vector<std::string> ReadWidthNames(const JsonPlace& widths) {
  if (widths.Count() < 1 || widths.Count() > kMaxWidths)
    widths.Refuse("there must be 1 to 256 widths");
  std::vector<std::string> names;
  std::set<std::string> seen;
  for (size_t row = 0; row < widths.Count(); ++row) {
    names.push_back(widths.Element(row).Text());
    if (names.back().empty() || !seen.insert(names.back()).second)
      widths.Element(row).Refuse("a width needs a name of its own");
  }
  return names;
}

// What GraphBuilder::Build judges, about a file.
void Judge(const std::string& source, const OwnedGraph& owned) {
  const Graph& graph = owned.view();
  Status status = CheckGraph(graph);
  if (status.ok() && graph.InputShape(graph.plan.rows - 1, 1).Count() > kMaxElements)
    status = Invalid("the input has too many elements");
  Width width = 0;
  std::vector<Shape> values(graph.num_nodes + 1);
  const auto refuse = [&](const std::string& where) {
    throw BadInput(source + ": " + where + ": " + status.text +
                   "; the file is damaged, or was made for another slimsplit");
  };
  if (!status.ok()) refuse("graph");
  for (; width < graph.plan.rows; ++width) {
    values[0] = graph.InputShape(width, 1);
    for (int32_t k = 0; k < graph.num_nodes; ++k) {
      Inference inference;
      status = InferNode(graph, k, width, values.data(), &inference);
      if (!status.ok())
        refuse(std::string("node \"") + graph.nodes[k].name + "\" at width " +
               Quoted(owned.width_names()[width]));
    }
  }
}

}  // namespace

std::string GraphToJson(const OwnedGraph& owned) {
  const Graph& graph = owned.view();
  const WidthPlan& plan = graph.plan;
  ordered_json active = ordered_json::array();
  for (Width row = 0; row < plan.rows; ++row) {
    const uint16_t* counts = plan.active + row * plan.spaces;
    active.push_back(std::vector<int>(counts, counts + plan.spaces));
  }
  ordered_json nodes = ordered_json::array();
  for (int32_t k = 0; k < graph.num_nodes; ++k) {
    Node node = graph.nodes[k];
    FieldWriter writer;
    TypeOf(node.kind).fields(node.layer, writer);
    ordered_json entry;
    entry["name"] = node.name;
    entry["layer"] = TypeOf(node.kind).name;
    entry["inputs"] = std::vector<int>(node.inputs, node.inputs + node.num_inputs);
    entry["fields"] = writer.TakeFields();
    nodes.push_back(std::move(entry));
  }
  ordered_json root;
  root["version"] = kVersion;
  root["widths"] = owned.width_names();
  root["spaces"]["full"] = std::vector<int>(plan.full, plan.full + plan.spaces);
  root["spaces"]["active"] = std::move(active);
  root["input"]["height"] = graph.height;
  root["input"]["width"] = graph.width;
  root["input"]["channels"] = graph.channels.space;
  root["nodes"] = std::move(nodes);
  const std::string text = root.dump();
  if (owned.width_names().size() > kMaxWidths || graph.height > kMaxImageSide ||
      graph.width > kMaxImageSide || static_cast<int64_t>(text.size()) > kMaxBytes) {
    throw UsageError(
        "the network is too large to be stored: it may have 256 widths, images of 65535 x 65535 "
        "pixels and a description of 1 MiB");
  }
  return text;
}

OwnedGraph GraphFromJson(const std::string& source, const std::string& text) {
  JsonLimits limits;
  limits.max_bytes = limits.max_entries = kMaxBytes;
  const json value = ParseJson(source + ": graph", text.data(), text.size(), limits);
  const JsonPlace root(source, "graph", value);
  if (root.Member("version").Integer(1, INT32_MAX) != kVersion) {
    throw BadInput(source + ": its graph has version " + value["version"].dump() +
                   ", but this slimsplit reads version 1; use a newer one");
  }
  root.ExpectMembers({"version", "widths", "spaces", "input", "nodes"});

  OwnedGraph graph;
  graph.width_names_ = ReadWidthNames(root.Member("widths"));
  const size_t rows = graph.width_names_.size();
  const JsonPlace spaces = root.Member("spaces");
  spaces.ExpectMembers({"full", "active"});
  const size_t count = spaces.Member("full").Count();
  if (count < 1 || count > UINT16_MAX) spaces.Refuse("there must be 1 to 65535 channel spaces");
  ReadCounts(spaces.Member("full"), count, &graph.full_);
  if (spaces.Member("active").Count() != rows)
    spaces.Refuse("\"active\" must have a list per width");
  for (size_t row = 0; row < rows; ++row)
    ReadCounts(spaces.Member("active").Element(row), count, &graph.active_);
  const int32_t num_spaces = static_cast<int32_t>(count);

  const JsonPlace input = root.Member("input");
  input.ExpectMembers({"height", "width", "channels"});
  graph.view_.height = input.Member("height").Integer(1, kMaxImageSide);
  graph.view_.width = input.Member("width").Integer(1, kMaxImageSide);
  graph.view_.channels.space =
      static_cast<uint16_t>(input.Member("channels").Integer(0, num_spaces - 1));

  const JsonPlace nodes = root.Member("nodes");
  if (nodes.Count() < 1 || nodes.Count() >= UINT16_MAX)
    nodes.Refuse("there must be 1 to 65534 nodes");
  std::set<std::string> names;
  for (size_t k = 0; k < nodes.Count(); ++k) {
    const std::string& name = ReadNodeName(nodes.Element(k));
    const JsonPlace entry = nodes.Element(k).As("node \"" + name + "\"");
    if (!names.insert(name).second) entry.Refuse("another node has the same name");
    graph.nodes_.push_back(ReadNode(entry, static_cast<int32_t>(k), num_spaces));
    graph.node_names_.push_back(std::make_unique<std::string>(name));
  }
  graph.Bind();
  Judge(source, graph);
  return graph;
}

}  // namespace slim
