// Split networks: modes as rows, shapes that do not depend on the mode, and the teacher's tail.
#include <string>
#include <vector>

#include "autograd/graft.h"
#include "autograd/tape.h"
#include "core/error_host.h"
#include "gtest/gtest.h"
#include "layers/batch_norm.h"
#include "layers/graph_infer_host.h"
#include "layers/nets/nets_host.h"
#include "layers/nets/split_net_host.h"

namespace slim {
namespace {

SplitNetOptions At(const std::string& node) {
  SplitNetOptions options;
  options.at = node;
  options.encoder_channels = 4;
  options.decoder_channels = 6;
  options.latent = 3;
  return options;
}

std::vector<Shape> ShapesAt(const OwnedGraph& graph, Width row) {
  return InferGraph(graph.view(), row).values;
}

std::string Refusal(const OwnedGraph& teacher, const SplitNetOptions& options) {
  try {
    MakeSplitNet(teacher, options);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(SplitNet, SixteenModesWithOneShapeOfBottleneckAndTail) {
  const OwnedGraph teacher = MakeNet("resnet20", {});
  const OwnedGraph net = MakeSplitNet(teacher, At("layer3.0.add"));
  ASSERT_EQ(net.view().plan.rows, 16);
  EXPECT_EQ(net.width_names()[0], "1.1");
  EXPECT_EQ(net.width_names()[5], "2.2");
  EXPECT_EQ(net.width_names()[15], "4.4");
  const int32_t bottleneck = net.FindNode("bottleneck"), out = net.FindNode("decoder.out");
  for (Width row = 0; row < 16; ++row) {
    const std::vector<Shape> shapes = ShapesAt(net, row);
    EXPECT_EQ(shapes[bottleneck + 1], Shape(1, 8, 8, 3));
    EXPECT_EQ(shapes[out + 1], Shape(1, 8, 8, 64));
    EXPECT_EQ(shapes.back(), Shape(1, 1, 1, 10));
  }
  // A mode with S members runs S of them.
  const auto runs = [&](Width row) {
    return InferGraph(net.view(), row).nodes[net.FindNode("encoder.sum")].used_inputs;
  };
  EXPECT_EQ(runs(3), 1);
  EXPECT_EQ(runs(4), 2);
  EXPECT_EQ(runs(15), 4);
}

TEST(SplitNet, GoesUpToLargerMaps) {
  const OwnedGraph teacher = MakeNet("resnet20", {});
  for (const auto& [node, side] : {std::pair<const char*, int>{"layer2.2.add", 16},
                                   std::pair<const char*, int>{"layer1.2.add", 32}}) {
    const OwnedGraph net = MakeSplitNet(teacher, At(node));
    EXPECT_EQ(ShapesAt(net, 0)[net.FindNode("decoder.out") + 1].h(), side);
  }
}

TEST(SplitNet, BlocksOfTheDecoderComeBeforeItGoesUp) {
  const OwnedGraph teacher = MakeNet("resnet20", {});
  SplitNetOptions options = At("layer2.2.add");
  options.decoder_blocks = 2;
  const OwnedGraph net = MakeSplitNet(teacher, options);
  EXPECT_EQ(net.view().num_nodes,
            MakeSplitNet(teacher, At("layer2.2.add")).view().num_nodes + 2 * 5);
  const int32_t add = net.FindNode("decoder.block2.add");
  EXPECT_EQ(ShapesAt(net, 0)[add + 1], Shape(1, 8, 8, 6));
  EXPECT_LT(add, net.FindNode("decoder.up1.conv"));
  options.decoder_blocks = 65;
  EXPECT_NE(Refusal(teacher, options).find("--decoder-blocks must lie in [0, 64]"),
            std::string::npos);
}

TEST(SplitNet, GraftPutsTheTeachersNumbersIntoTheTail) {
  const OwnedGraph teacher = MakeNet("resnet20", {});
  Parameters<float> from(teacher);
  from.Initialise(3);
  const OwnedGraph net = MakeSplitNet(teacher, At("layer3.0.add"));
  Parameters<float> to(net);
  to.Initialise(4);
  // layer3.1 and layer3.2: two convolutions and norms each; the classifier.
  EXPECT_EQ(Graft(teacher, from, net, &to), 9);
  EXPECT_EQ(to.Find("layer3.2.conv2.weight")->value, from.Find("layer3.2.conv2.weight")->value);
  EXPECT_EQ(to.Find("layer3.1.bn1.var")->value, from.Find("layer3.1.bn1.var@0")->value);
  EXPECT_EQ(to.Find("linear.bias")->value, from.Find("linear.bias")->value);
  NetOptions narrow;
  narrow.widths = {0.5};
  const OwnedGraph other = MakeNet("resnet20", narrow);
  EXPECT_THROW(Graft(other, Parameters<float>(other), teacher, &from), Error);  // other sizes
}

TEST(SplitNet, FrozenNormsStayAsTheyAreInTraining) {
  const OwnedGraph teacher = MakeNet("resnet20", {});
  const OwnedGraph net = MakeSplitNet(teacher, At("layer3.1.add"));
  Parameters<float> parameters(net);
  parameters.Initialise(4);
  const Shape shape = net.view().InputShape(0, 2);
  std::vector<float> images(shape.Count(), 0.5f);
  images[7] = 2;
  Tape<float> tape;
  RunOptions train;
  train.mode = RunMode::kTrain;
  tape.Run(net.view(), parameters, 15, tape.Constant(TensorView<const float>(images.data(), shape)),
           train);
  for (const float v : parameters.Find("layer3.2.bn1.mean")->value) EXPECT_EQ(v, 0);
  for (const float v : parameters.Find("layer3.2.bn1.var")->value) EXPECT_EQ(v, 1);
  const Parameter<float>* moved = parameters.Find("decoder.stage1.var@15");
  EXPECT_NE(moved->value, std::vector<float>(moved->value.size(), 1.0f));
}

TEST(SplitNet, BatchNormInTheEncoderNeedsNoOtherShapes) {
  SplitNetOptions options = At("layer3.0.add");
  options.batch_norm = true;
  const OwnedGraph net = MakeSplitNet(MakeNet("resnet20", {}), options);
  EXPECT_EQ(ShapesAt(net, 15)[net.FindNode("bottleneck") + 1], Shape(1, 8, 8, 3));
  EXPECT_EQ(net.view().nodes[net.FindNode("encoder.norm")].kind, LayerKind::kBatchNorm);
  Parameters<float> parameters(net);
  EXPECT_NE(parameters.Find("encoder.norm.scale"), nullptr);    // one for all modes
  EXPECT_NE(parameters.Find("encoder.norm.mean@15"), nullptr);  // its own statistics
}

int64_t ParametersOf(const OwnedGraph& net, const std::string& prefix) {
  const Parameters<float> parameters(net);
  int64_t count = 0;
  for (int64_t i = 0; i < parameters.size(); ++i) {
    const Parameter<float>& p = parameters[i];
    if (p.name.compare(0, prefix.size(), prefix) == 0 && p.learns()) count += p.shape.Count();
  }
  return count;
}

// As Matsubara et al. (2022) count it: 9,408 + 256 + 3,072 parameters before 29x29x12 numbers, for
// a ResNet's layer2.
TEST(BottleFitNet, HasThePublishedGeometryAt224) {
  NetOptions imagenet;
  imagenet.height = imagenet.width = 224;
  imagenet.classes = 1000;
  const OwnedGraph teacher = MakeNet("resnet50", imagenet);
  SplitNetOptions options;
  options.bottlefit = true;
  for (int32_t k = 0; k < teacher.view().num_nodes; ++k) {
    const std::string name = teacher.view().nodes[k].name;
    if (name.compare(0, 8, "layer2.3") == 0) options.at = name;
  }
  options.encoder_channels = 64;
  options.latent = 12;
  const OwnedGraph net = MakeSplitNet(teacher, options);
  const std::vector<Shape> shapes = ShapesAt(net, 0);
  EXPECT_EQ(shapes[net.FindNode("bottleneck") + 1], Shape(1, 29, 29, 12));
  EXPECT_EQ(shapes[net.FindNode("decoder.conv2") + 1], Shape(1, 31, 31, 512));
  EXPECT_EQ(shapes[net.FindNode("decoder.out") + 1], Shape(1, 28, 28, 512));
  EXPECT_EQ(ParametersOf(net, "encoder.conv1"), 9408);
  EXPECT_EQ(ParametersOf(net, "encoder."), 9408 + 256);
  EXPECT_EQ(ParametersOf(net, "bottleneck"), 3072);
  EXPECT_EQ(shapes.back(), Shape(1, 1, 1, 1000));
}

TEST(BottleFitNet, BeginsWithAStemOrWithTheTeachersNodes) {
  const OwnedGraph teacher = MakeNet("resnet20", {});
  SplitNetOptions options = At("layer3.0.add");
  options.bottlefit = true;
  options.latent = 5;
  const OwnedGraph thin = MakeSplitNet(teacher, options);
  EXPECT_EQ(ShapesAt(thin, 0)[thin.FindNode("bottleneck") + 1], Shape(1, 9, 9, 5));
  EXPECT_EQ(ShapesAt(thin, 0)[thin.FindNode("decoder.out") + 1], Shape(1, 8, 8, 64));
  for (const char* from : {"layer1.2.add", "layer2.2.add"}) {
    options.encoder_from = from;
    const OwnedGraph net = MakeSplitNet(teacher, options);
    EXPECT_EQ(ShapesAt(net, 0)[net.FindNode("bottleneck") + 1], Shape(1, 9, 9, 5)) << from;
    EXPECT_EQ(ParametersOf(net, "layer1.0.conv1"), 16 * 16 * 9) << from;
    EXPECT_EQ(ParametersOf(net, "encoder.conv1"), 0) << from;
  }
  options.encoder_from = "layer3.0.add";
  EXPECT_NE(Refusal(teacher, options).find("the encoder's map has a side of 8"), std::string::npos);
  options.encoder_from = "layer2.0.conv1";
  EXPECT_EQ(Refusal(teacher, options), "");  // a node of the body is as good
}

TEST(SplitNet, Refuses) {
  const OwnedGraph teacher = MakeNet("resnet20", {});
  EXPECT_NE(Refusal(teacher, At("layer9")).find("no node \"layer9\""), std::string::npos);
  EXPECT_NE(Refusal(teacher, At("layer3.0.conv1")).find("also reads what is made before it"),
            std::string::npos);
  EXPECT_NE(Refusal(teacher, At("avgpool")).find("which is not a quarter"), std::string::npos);
  SplitNetOptions many = At("layer3.0.add");
  many.members = 9;
  EXPECT_NE(Refusal(teacher, many).find("--members must lie in [1, 8]"), std::string::npos);
  many.members = 4;
  many.bits = 0;
  EXPECT_NE(Refusal(teacher, many).find("--bits must lie in [1, 8]"), std::string::npos);
  many.bits = 4;
  many.encoder_from = "layer1.2.add";
  EXPECT_NE(Refusal(teacher, many).find("--encoder-from goes with --bottlefit"), std::string::npos);
}

}  // namespace
}  // namespace slim
