// Exit networks: the head as it is, then a small classifier, at every width of the whole.
#include <string.h>

#include <string>
#include <vector>

#include "core/error_host.h"
#include "gtest/gtest.h"
#include "layers/graph_cut_host.h"
#include "layers/graph_infer_host.h"
#include "layers/nets/exit_net_host.h"
#include "layers/nets/nets_host.h"
#include "layers/nets/split_net_host.h"

namespace slim {
namespace {

struct Cost {
  int64_t macs = 0, exit_macs = 0, exit_learned = 0;
  std::vector<Shape> shapes;
};

// `exit_learned` counts what the exit's nodes learn, whatever the row uses of it.
Cost CostOf(const OwnedGraph& net, Width row) {
  const Graph& graph = net.view();
  Cost cost;
  const InferredGraph inferred = InferGraph(graph, row);
  cost.shapes = inferred.values;
  for (int32_t k = 0; k < graph.num_nodes; ++k) {
    const Inference& i = inferred.nodes[k];
    cost.macs += i.macs;
    if (strncmp(graph.nodes[k].name, kExitPrefix, strlen(kExitPrefix)) != 0) continue;
    cost.exit_macs += i.macs;
    for (int p = 0; p < i.num_params; ++p) {
      if (IsLearned(i.params[p].role)) cost.exit_learned += i.params[p].full.Count();
    }
  }
  return cost;
}

OwnedGraph Split() {
  SplitNetOptions options;
  options.at = "layer3.0.add";
  return MakeSplitNet(MakeNet("resnet20", {}), options);
}

TEST(ExitNet, OfAnEnsembleAtEveryMode) {
  const OwnedGraph split = Split();
  const OwnedGraph net = MakeExitNet(split, "bottleneck", 10);
  EXPECT_EQ(net.width_names(), split.width_names());
  const OwnedGraph head = CutOut(split, split.FindNode("bottleneck")).head;
  ASSERT_EQ(net.view().num_nodes, head.view().num_nodes + 6);
  for (int32_t k = 0; k < head.view().num_nodes; ++k) {
    EXPECT_STREQ(net.view().nodes[k].name, head.view().nodes[k].name);
    EXPECT_EQ(memcmp(net.view().nodes[k].layer, head.view().nodes[k].layer, kMaxLayerBytes), 0);
  }
  for (Width row = 0; row < 16; ++row) {
    const Cost cost = CostOf(net, row);
    EXPECT_EQ(cost.shapes.back(), Shape(1, 1, 1, 10));
    EXPECT_EQ(cost.shapes[net.FindNode("exit.bn2") + 1], Shape(1, 4, 4, 32));
    // 4 x 4 pixels: convolutions, their batch norms; and 32 x 10.
    EXPECT_EQ(cost.exit_macs, 16 * (9 * (8 * 16 + 16 * 32) + 16 + 32) + 320);
    EXPECT_LT(8 * cost.exit_macs, cost.macs);
    // Two convolutions, two scales and shifts, and the classifier with its bias.
    EXPECT_EQ(cost.exit_learned, 9 * (8 * 16 + 16 * 32) + 2 * (16 + 32) + 330);
  }
}

TEST(ExitNet, AfterAnyNodeOfASlimmableNetwork) {
  NetOptions options;
  options.widths = {0.25, 0.5, 1};
  const OwnedGraph whole = MakeNet("plain-cnn", options);
  const OwnedGraph net = MakeExitNet(whole, "bn2", 7);
  EXPECT_EQ(net.width_names(), whole.width_names());
  for (Width row = 0; row < 3; ++row) {
    const Cost cost = CostOf(net, row);
    EXPECT_EQ(cost.shapes[net.FindNode("bn2") + 1].c(), row == 0 ? 8 : row == 1 ? 16 : 32);
    EXPECT_EQ(cost.shapes.back(), Shape(1, 1, 1, 7));
  }
}

TEST(ExitNet, Refusals) {
  const auto refusal = [](const OwnedGraph& graph, const std::string& node) {
    try {
      MakeExitNet(graph, node, 10);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  const OwnedGraph split = Split();
  EXPECT_NE(refusal(split, "bottle").find("\"bottle\""), std::string::npos);
  EXPECT_NE(refusal(split, "encoder.member0.norm").find("before it"), std::string::npos);
  // An exit of an exit would have each name twice.
  const OwnedGraph net = MakeExitNet(split, "bottleneck", 10);
  EXPECT_NE(refusal(net, "exit.bn1").find("exit.conv1"), std::string::npos);
}

}  // namespace
}  // namespace slim
