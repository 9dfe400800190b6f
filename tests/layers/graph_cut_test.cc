// Cutting networks: what each half holds, and which places are refused.
#include <gtest/gtest.h>

#include <string>

#include "core/error_host.h"
#include "layers/all_layers.h"
#include "layers/graph_cut_host.h"
#include "layers/nets/nets_host.h"

namespace slim {
namespace {

std::string RefusalOf(const OwnedGraph& graph, const std::string& node, bool out = false) {
  try {
    const int32_t k = graph.FindNode(node);
    out ? CutOut(graph, k) : CutAfter(graph, k);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    return error.what();
  }
  return "";
}

// image -> stem -> (left, right) -> sum -> quantizer -> head -> pool -> answer; "aside" reads the
// image and goes nowhere before "late", which adds it.
OwnedGraph Net(bool aside) {
  GraphBuilder b(8, 6, UniformWidths({0.5, 1}));
  const Channels rgb = b.Fixed(3), c = b.Sliced(8), d = b.Sliced(4), classes = b.Fixed(5);
  const Value x = b.Input(rgb);
  const Value stem = b.Add("stem", Conv2d{rgb, c, 3, 2}, {x});
  const Value left = b.Add("left", Conv2d{c, d}, {stem});
  const Value right = b.Add("right", Conv2d{c, d, 1, 1, 0}, {stem});
  const Value sum = b.Add("sum", Add{}, {left, right});
  const Value aside_value = aside ? b.Add("aside", Conv2d{rgb, d, 3, 2}, {x}) : sum;
  const Value late = b.Add("late", Conv2d{d, d}, {sum});
  const Value both = b.Add("both", Add{}, {late, aside_value});
  const Value pool = b.Add("pool", GlobalAvgPool{}, {both});
  b.Add("answer", Linear{d, classes}, {pool});
  return b.Build();
}

TEST(GraphCut, HalvesByHand) {
  const OwnedGraph net = Net(false);
  const GraphCut cut = CutAfter(net, net.FindNode("sum"));
  EXPECT_EQ(cut.head_nodes, (std::vector<int32_t>{0, 1, 2, 3}));
  EXPECT_EQ(cut.tail_nodes, (std::vector<int32_t>{4, 5, 6, 7}));
  const Graph& head = cut.head.view();
  const Graph& tail = cut.tail.view();
  EXPECT_EQ(cut.head.width_names(), net.width_names());
  EXPECT_EQ(cut.tail.width_names(), net.width_names());
  EXPECT_EQ(head.InputShape(0, 2), Shape(2, 8, 6, 3));
  EXPECT_EQ(tail.InputShape(0, 1), Shape(1, 4, 3, 2));
  EXPECT_EQ(tail.InputShape(1, 1), Shape(1, 4, 3, 4));
  EXPECT_STREQ(head.nodes[3].name, "sum");
  EXPECT_STREQ(tail.nodes[0].name, "late");
  EXPECT_EQ(tail.nodes[0].inputs[0], 0);
  // The shortcut reads the latent, which is made before the cut but is the cut itself.
  EXPECT_EQ(tail.nodes[1].inputs[0], 1);
  EXPECT_EQ(tail.nodes[1].inputs[1], 0);
}

TEST(GraphCut, NodesThatTheLatentDoesNotNeedStayOutOfTheHead) {
  GraphBuilder b(4, 4, UniformWidths({1}));
  const Channels c = b.Fixed(2);
  const Value x = b.Input(c);
  b.Add("unused", Relu{}, {x});
  const Value latent = b.Add("latent", Sigmoid{}, {x});
  b.Add("answer", Relu{}, {latent});
  const OwnedGraph net = b.Build();
  EXPECT_EQ(CutAfter(net, 1).head_nodes, std::vector<int32_t>{1});
  EXPECT_EQ(CutAfter(net, 1).tail_nodes, std::vector<int32_t>{2});
}

TEST(GraphCut, ANodeCanBeTakenOut) {
  const OwnedGraph net = Net(false);
  const GraphCut cut = CutOut(net, net.FindNode("pool"));
  EXPECT_EQ(cut.head_nodes, (std::vector<int32_t>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(cut.tail_nodes, std::vector<int32_t>{7});
  EXPECT_EQ(cut.tail.view().InputShape(1, 1), Shape(1, 1, 1, 4));
}

TEST(GraphCut, RefusesPlacesThatCutNothingInTwo) {
  const OwnedGraph net = Net(false), bypassed = Net(true);
  EXPECT_EQ(RefusalOf(net, "sum"), "");
  const std::string left = RefusalOf(net, "left");
  EXPECT_NE(left.find("\"left\""), std::string::npos) << left;
  EXPECT_NE(left.find("\"right\" behind it reads \"stem\" before it"), std::string::npos) << left;
  const std::string late = RefusalOf(net, "late");
  EXPECT_NE(late.find("\"both\" behind it reads \"sum\" before it"), std::string::npos) << late;
  const std::string aside = RefusalOf(bypassed, "sum");
  EXPECT_NE(aside.find("\"aside\" behind it reads the image before it"), std::string::npos)
      << aside;
  EXPECT_NE(RefusalOf(net, "answer").find("nothing lies behind it"), std::string::npos);
  EXPECT_NE(RefusalOf(net, "stem", true).find("nothing lies before it"), std::string::npos);
  EXPECT_NE(RefusalOf(net, "sum", true).find("more than one input"), std::string::npos);
  EXPECT_NE(RefusalOf(net, "nowhere").find("nowhere"), std::string::npos);
}

TEST(GraphCut, EveryNodeOfEveryNetIsCutOrRefused) {
  for (const std::string& name : NetNames()) {
    NetOptions options;
    options.height = options.width = UsualImageSize(name) == 224 ? 64 : 32;
    options.classes = 7;
    options.widths = {0.25, 1.0};
    const OwnedGraph net = MakeNet(name, options);
    int cuts = 0;
    for (int32_t k = 0; k < net.view().num_nodes; ++k) {
      if (!RefusalOf(net, net.view().nodes[k].name).empty()) continue;
      const GraphCut cut = CutAfter(net, k);
      EXPECT_EQ(cut.head.view().num_nodes + cut.tail.view().num_nodes, net.view().num_nodes);
      ++cuts;
    }
    EXPECT_GT(cuts, 3) << name;
  }
}

}  // namespace
}  // namespace slim
