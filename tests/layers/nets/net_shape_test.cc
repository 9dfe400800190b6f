// The reference networks against the sizes that were published for them.
#include <string>
#include <vector>

#include "core/error_host.h"
#include "gtest/gtest.h"
#include "layers/graph_infer_host.h"
#include "layers/nets/nets_host.h"

namespace slim {
namespace {

// What one width of a network costs; MACs of convolutions and linear layers, as the literature
// counts them.
struct Cost {
  int64_t learned = 0, statistics = 0, macs = 0;
};

bool CountsInLiterature(LayerKind kind) {
  return kind == LayerKind::kConv2d || kind == LayerKind::kDepthwiseConv2d ||
         kind == LayerKind::kLinear;
}

Cost CostOf(const OwnedGraph& owned, Width width) {
  const Graph& graph = owned.view();
  Cost cost;
  const InferredGraph inferred = InferGraph(graph, width);
  for (int32_t k = 0; k < graph.num_nodes; ++k) {
    const Inference& i = inferred.nodes[k];
    for (int p = 0; p < i.num_params; ++p) {
      (IsLearned(i.params[p].role) ? cost.learned : cost.statistics) += i.params[p].active.Count();
    }
    if (CountsInLiterature(graph.nodes[k].kind)) cost.macs += i.macs;
  }
  return cost;
}

OwnedGraph Make(const std::string& name, const std::vector<double>& widths = {1.0}) {
  NetOptions options;
  options.height = options.width = UsualImageSize(name);
  options.classes = options.width == 224 ? 1000 : 10;
  options.widths = widths;
  return MakeNet(name, options);
}

TEST(NetShape, WholeNetworksHaveTheirPublishedSizes) {
  struct Published {
    const char* net;
    int64_t learned, macs;
  };
  // torchvision 0.14 for ImageNet; akamaster/pytorch_resnet_cifar10 for CIFAR, where the MACs are
  // 3*16*9*1024 + 3 * 2 n * 2359296 - 2 * 1179648 + 640.
  for (const Published& p :
       {Published{"resnet18", 11689512, 1814073344}, Published{"resnet50", 25557032, 4089184256},
        Published{"mobilenetv2", 3504872, 300774272}, Published{"resnet20", 269722, 40551040},
        Published{"resnet56", 853018, 125485696}}) {
    const Cost cost = CostOf(Make(p.net), 0);
    EXPECT_EQ(cost.learned, p.learned) << p.net;
    EXPECT_EQ(cost.macs, p.macs) << p.net;
  }
}

TEST(NetShape, ResNet8DiffersFromMlperfTinyOnlyInBiasesAndShortcutNorms) {
  const Cost cost = CostOf(Make("resnet8"), 0);
  // Keras counts 78,666: convolutions 76,720, their 9 biases 336, 7 norms of 240 channels with four
  // numbers each, dense 650. Here no convolution has a bias and the two shortcuts of 96 channels
  // have norms.
  EXPECT_EQ(cost.learned + cost.statistics, 78666 - 336 + 4 * 96);
  EXPECT_EQ(cost.learned, 76720 + 2 * (240 + 96) + 650);
  EXPECT_EQ(cost.macs, 12501632);
}

TEST(NetShape, NarrowMobileNetV2IsTorchvisionsOfThatWidth) {
  const OwnedGraph net = Make("mobilenetv2", {0.25, 0.5, 0.75, 1.0});
  const int64_t learned[] = {1519112, 1968680, 2636424, 3504872};
  const int64_t macs[] = {37201312, 97131840, 209069792, 300774272};
  for (Width width = 0; width < 4; ++width) {
    EXPECT_EQ(CostOf(net, width).learned, learned[width]) << net.width_names()[width];
    EXPECT_EQ(CostOf(net, width).macs, macs[width]) << net.width_names()[width];
  }
}

TEST(NetShape, NarrowResNet50IsAsLargeAsPublished) {
  // Slimmable ResNet-50 (Yu et al., 2019, table 2): 4.1 G, 2.3 G, 1.1 G, 278 M.
  const OwnedGraph net = Make("resnet50", {0.25, 0.5, 0.75, 1.0});
  EXPECT_NEAR(CostOf(net, 2).macs, 2.3e9, 0.05e9);
  EXPECT_NEAR(CostOf(net, 1).macs, 1.1e9, 0.05e9);
  EXPECT_NEAR(CostOf(net, 0).macs, 278e6, 0.5e6);
}

TEST(NetShape, ANetworkOfOneNarrowWidthIsThatWidthAndStoresNoMore) {
  for (const char* name : {"resnet8", "resnet20", "mobilenetv2"}) {
    const OwnedGraph all = Make(name, {0.25, 1.0}), alone = Make(name, {0.25});
    EXPECT_EQ(CostOf(all, 0).learned, CostOf(alone, 0).learned) << name;
    EXPECT_EQ(CostOf(all, 0).macs, CostOf(alone, 0).macs) << name;
    const WidthPlan& plan = alone.view().plan;
    for (uint16_t space = 0; space < plan.spaces; ++space) {
      EXPECT_EQ(plan.Active(0, {space}), plan.Full({space})) << name << " space " << space;
    }
  }
}

TEST(NetShape, SlimmableEncoderIsAsPublished) {
  // adaptive-cod-on-device: 6.3 K parameters and 75.7 M MACs a member (norms and gates counted),
  // 6x96x96 numbers whatever the mode.
  const OwnedGraph net = Make("slimmable-encoder", {0.25, 0.5, 0.75, 1.0});
  for (Width width = 0; width < 4; ++width) {
    const InferredGraph inferred = InferGraph(net.view(), width);
    EXPECT_EQ(inferred.values.back(), Shape(1, 96, 96, 6));
    EXPECT_EQ(inferred.nodes.back().used_inputs, width + 1);
  }
  const Cost four = CostOf(net, 3);
  EXPECT_EQ(four.learned, 4 * 6333);
  EXPECT_NEAR(four.macs / 4, 75.7e6, 2.5e6);
}

TEST(NetShape, NodesAreCalledAsPyTorchCallsItsModules) {
  for (const char* node : {"bn1", "layer1.0.downsample.1", "layer4.2.bn3", "fc"}) {
    EXPECT_NO_THROW(Make("resnet50").FindNode(node)) << node;
  }
  EXPECT_THROW(Make("resnet18").FindNode("layer1.0.downsample.0"), Error);
  EXPECT_NO_THROW(Make("resnet18").FindNode("layer2.0.downsample.0"));
  for (const char* node : {"features.0.1", "features.1.conv.2", "features.17.conv.1.0",
                           "features.17.conv.3", "features.18.1", "classifier.1"}) {
    EXPECT_NO_THROW(Make("mobilenetv2").FindNode(node)) << node;
  }
  for (const char* node : {"bn1", "layer3.2.conv2", "layer3.2.bn2", "linear"}) {
    EXPECT_NO_THROW(Make("resnet20").FindNode(node)) << node;
  }
}

TEST(NetShape, UnknownNamesListTheKnownOnes) {
  try {
    MakeNet("resnet9", {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    for (const std::string& name : NetNames()) {
      EXPECT_NE(std::string(error.what()).find(name), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace slim
