#include <nlohmann/json.hpp>

#include "layers/graph_json_host.h"
#include "layers/nets/nets_host.h"
#include "tests/autograd/store_support.h"

namespace slim {
namespace {

using nlohmann::json;

// The smallest network, as it must be written.
constexpr char kLinear[] =
    R"({"version":1,"widths":["0.5","1"],"spaces":{"full":[4,3],"active":[[2,3],[4,3]]},)"
    R"("input":{"height":1,"width":1,"channels":0},"nodes":[{"name":"fc","layer":"linear",)"
    R"("inputs":[0],"fields":{"in":0,"out":1,"taps":1,"bias":1}}]})";

OwnedGraph Linear43() {
  GraphBuilder b(1, 1, UniformWidths({0.5, 1}));
  Linear linear;
  linear.in = b.Sliced(4);
  linear.out = b.Fixed(3);
  b.Add("fc", linear, {b.Input(linear.in)});
  return b.Build();
}

std::string Refusal(const std::string& text) {
  return MessageOf(ErrorKind::kBadInput, [&] { GraphFromJson("net.file", text); });
}

// What refuses kLinear after `edit`, or "".
template <class Edit>
std::string RefusalOf(const Edit& edit) {
  json root = json::parse(kLinear);
  edit(root);
  return Refusal(root.dump());
}

TEST(GraphJson, WritesTheDocumentedText) { EXPECT_EQ(GraphToJson(Linear43()), kLinear); }

TEST(GraphJson, ReadsWhatItSays) {
  const OwnedGraph net = GraphFromJson("net.file", kLinear);
  const Graph& graph = net.view();
  EXPECT_EQ(net.width_names(), (std::vector<std::string>{"0.5", "1"}));
  EXPECT_EQ(graph.plan.rows, 2);
  EXPECT_EQ(graph.plan.spaces, 2);
  EXPECT_EQ(graph.plan.Active(0, {0}), 2);
  EXPECT_EQ(graph.plan.Active(1, {0}), 4);
  EXPECT_EQ(graph.plan.Full({1}), 3);
  ASSERT_EQ(graph.num_nodes, 1);
  EXPECT_STREQ(graph.nodes[0].name, "fc");
  EXPECT_EQ(graph.nodes[0].kind, LayerKind::kLinear);
  const Linear& linear = *reinterpret_cast<const Linear*>(graph.nodes[0].layer);
  EXPECT_EQ(linear.in.space, 0);
  EXPECT_EQ(linear.out.space, 1);
  EXPECT_EQ(linear.taps, 1u);
  EXPECT_EQ(linear.bias, 1);
}

TEST(GraphJson, WriteReadWriteGivesTheSameBytes) {
  std::vector<OwnedGraph> nets = {TinyNet()};
  NetOptions options;
  options.widths = {0.25, 0.5, 1};
  for (const char* name : {"plain-cnn", "resnet8", "resnet20"})
    nets.push_back(MakeNet(name, options));
  for (const OwnedGraph& net : nets) {
    const std::string text = GraphToJson(net);
    EXPECT_EQ(GraphToJson(GraphFromJson("net.file", text)), text);
  }
}

TEST(GraphJson, FloatFieldsKeepTheirBits) {
  GraphBuilder b(2, 2, UniformWidths({1}));
  BatchNorm norm;
  norm.channels = b.Fixed(2);
  for (const float epsilon : {1e-5f, 1e-3f, 0.1f, 0.33333334f, 1e-40f}) {
    GraphBuilder one = b;
    norm.epsilon = epsilon;
    one.Add("bn", norm, {one.Input(norm.channels)});
    const OwnedGraph read = GraphFromJson("net.file", GraphToJson(one.Build()));
    EXPECT_EQ(reinterpret_cast<const BatchNorm*>(read.view().nodes[0].layer)->epsilon, epsilon);
  }
}

TEST(GraphJson, UnknownLayerNamesTheKnownOnes) {
  const std::string message = RefusalOf([](json& root) { root["nodes"][0]["layer"] = "hologram"; });
  EXPECT_HAS(message, "net.file: node \"fc\": unknown layer \"hologram\"");
  EXPECT_HAS(message, "conv2d, linear, batch_norm");
  EXPECT_HAS(RefusalOf([](json& root) { root["nodes"][0]["layer"] = std::string("linear\0x", 8); }),
             "unknown layer");
}

TEST(GraphJson, FieldsMustBeThoseOfTheLayer) {
  const auto fields = [](const auto& edit) {
    return RefusalOf([&](json& root) { edit(root["nodes"][0]["fields"]); });
  };
  EXPECT_HAS(fields([](json& f) { f["speed"] = 1; }), "node \"fc\".fields: \"speed\" is unknown");
  EXPECT_HAS(fields([](json& f) { f.erase("taps"); }), "node \"fc\".fields: \"taps\" is missing");
  EXPECT_HAS(fields([](json& f) { f["bias"] = 256; }), "\"bias\" is out of range");
  EXPECT_HAS(fields([](json& f) { f["bias"] = -1; }), "\"bias\" is out of range");
  EXPECT_HAS(fields([](json& f) { f["bias"] = 0.5; }), "fields.bias: must be a whole number");
  EXPECT_HAS(fields([](json& f) { f["taps"] = UINT64_MAX; }), "must be a whole number");
  EXPECT_HAS(fields([](json& f) { f["in"] = 2; }), "fields.in: must be a whole number from 0 to 1");
  EXPECT_HAS(fields([](json& f) { f = 3; }), "fields: must be an object");
  // In range of its type, but not of the layer: Infer judges.
  EXPECT_HAS(fields([](json& f) { f["bias"] = 2; }), "node \"fc\" at width \"0.5\": bias must be");
}

TEST(GraphJson, EveryPartIsJudged) {
  EXPECT_HAS(RefusalOf([](json& r) { r["version"] = 2; }), "version 2");
  EXPECT_HAS(RefusalOf([](json& r) { r.erase("version"); }), "graph: \"version\" is missing");
  EXPECT_HAS(RefusalOf([](json& r) { r["extra"] = 0; }), "graph: \"extra\" is unknown");
  EXPECT_HAS(RefusalOf([](json& r) { r["widths"] = json::array(); }), "1 to 256 widths");
  EXPECT_HAS(RefusalOf([](json& r) { r["widths"][1] = "0.5"; }), "a name of its own");
  EXPECT_HAS(RefusalOf([](json& r) { r["spaces"]["full"][0] = 0; }), "from 1 to 65535");
  EXPECT_HAS(RefusalOf([](json& r) { r["spaces"]["full"][0] = 65536; }), "from 1 to 65535");
  EXPECT_HAS(RefusalOf([](json& r) { r["spaces"]["active"].erase(0); }), "a list per width");
  EXPECT_HAS(RefusalOf([](json& r) { r["spaces"]["active"][0].erase(0); }), "per channel space");
  EXPECT_HAS(RefusalOf([](json& r) { r["spaces"]["active"][0][0] = 5; }), "more than there are");
  EXPECT_HAS(RefusalOf([](json& r) { r["input"]["height"] = 0; }), "from 1 to 65535");
  EXPECT_HAS(RefusalOf([](json& r) { r["input"]["height"] = 2; }), "node \"fc\" at width");
  EXPECT_HAS(RefusalOf([](json& r) { r["input"]["channels"] = 2; }), "input.channels");
  EXPECT_HAS(RefusalOf([](json& r) { r["input"]["channels"] = 1; }), "node \"fc\" at width");
  EXPECT_HAS(RefusalOf([](json& r) { r["nodes"] = json::array(); }), "1 to 65534 nodes");
  EXPECT_HAS(RefusalOf([](json& r) { r["nodes"][0]["name"] = "f/c"; }), "letters, digits");
  EXPECT_HAS(RefusalOf([](json& r) { r["nodes"].push_back(r["nodes"][0]); }), "the same name");
  EXPECT_HAS(RefusalOf([](json& r) { r["nodes"][0]["inputs"][0] = 1; }), "from 0 to 0");
  EXPECT_HAS(RefusalOf([](json& r) { r["nodes"][0]["inputs"].clear(); }), "1 to 8 inputs");
  EXPECT_HAS(Refusal("[]"), "graph: must be an object");
  EXPECT_HAS(Refusal("{"), "not valid JSON");
}

// Nothing but an error or a network that is stored as what it is.
TEST(GraphJson, DamagedTextIsRefusedOrAnotherNetwork) {
  const std::string text = GraphToJson(TinyNet());
  int accepted = 0;
  const auto judge = [&](const std::string& damaged) {
    try {
      const std::string again = GraphToJson(GraphFromJson("net.file", damaged));
      EXPECT_EQ(GraphToJson(GraphFromJson("net.file", again)), again);
      ++accepted;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kBadInput) << error.what();
    }
  };
  for (size_t size = 0; size < text.size(); ++size) judge(text.substr(0, size));
  EXPECT_EQ(accepted, 0);
  for (size_t i = 0; i < text.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = text;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
      judge(damaged);
    }
  }
  EXPECT_GT(accepted, 0);  // another digit, another name
}

}  // namespace
}  // namespace slim
