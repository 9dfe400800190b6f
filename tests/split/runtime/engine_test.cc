// The engine on whole networks: equal to the tape, folded as far as it goes, quiet in memory.
#include "split/runtime/engine.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/parallel_host.h"
#include "core/workspace.h"
#include "layers/all_layers.h"
#include "layers/nets/nets_host.h"
#include "tests/support/engine_against_tape.h"

namespace slim {
namespace {

OwnedGraph Net(const std::string& name, std::vector<double> widths) {
  NetOptions options;
  options.height = options.width = UsualImageSize(name) == 224 ? 64 : 32;
  options.classes = 7;
  options.widths = std::move(widths);
  return MakeNet(name, options);
}

class EngineOnNets : public testing::TestWithParam<std::string> {};

TEST_P(EngineOnNets, IsTheTapeAtEveryWidth) {
  const OwnedGraph net = Net(GetParam(), {0.25, 0.5, 0.75, 1.0});
  const EngineReport report = ExpectEngineIsTape(net, 2, 2e-5);
  // Every batch norm and every addition of these networks folds into a convolution.
  int32_t expected = 0;
  for (int32_t k = 0; k < net.view().num_nodes; ++k) {
    const LayerKind kind = net.view().nodes[k].kind;
    expected += kind != LayerKind::kBatchNorm && kind != LayerKind::kAdd;
  }
  EXPECT_EQ(report.steps, expected);
}

// One image has few tiles: threads share the outputs of a convolution, and what is folded into it.
TEST_P(EngineOnNets, IsTheTapeOnTwoThreads) {
  UseThreads(2);
  ExpectEngineIsTape(Net(GetParam(), {0.5, 1.0}), 1, 2e-5);
  UseThreads(1);
}

INSTANTIATE_TEST_SUITE_P(Nets, EngineOnNets, testing::ValuesIn(NetNames()), [](const auto& i) {
  std::string name = i.param;
  for (char& ch : name) ch = ch == '-' ? '_' : ch;
  return name;
});

TEST(Engine, HandComputed) {
  // y = relu((2 x + 1 - 0.5) * 3 / 1 + 0.25 + x), a 1x1 convolution, its norm and a shortcut.
  GraphBuilder b(1, 2, UniformWidths({1}));
  const Channels c = b.Fixed(1);
  const Value x = b.Input(c);
  const Value z = b.Add("conv", Conv2d{c, c, 1, 1, 0, 1}, {x});
  const Value n = b.Add("norm", BatchNorm{c, 1e-12f}, {z});
  b.Add("sum", Add{Activation::kRelu}, {n, x});
  const OwnedGraph graph = b.Build();
  const float weight = 2, bias = 1, scale = 3, shift = 0.25, mean = 0.5, variance = 1;
  const float* params[3][4] = {{&weight, &bias}, {&scale, &shift, &mean, &variance}, {}};
  const WeightSource weights = {[](const void* context, int32_t node, int slot, Width) {
                                  return static_cast<const float* const(*)[4]>(context)[node][slot];
                                },
                                params};
  alignas(kAlignment) char memory[65536];
  Engine engine;
  ASSERT_TRUE(engine.Prepare(graph.view(), weights, 1, memory, sizeof(memory)).ok());
  const float input[] = {0.5f, -2};
  const TensorView<const float> y = engine.Run(input);
  EXPECT_EQ(y.shape, Shape(1, 1, 2, 1));
  EXPECT_FLOAT_EQ(y[0], (2 * 0.5f + 1 - 0.5f) * 3 + 0.25f + 0.5f);
  EXPECT_EQ(y[1], 0);  // (-4 + 0.5) * 3 + 0.25 - 2 < 0
}

TEST(Engine, AnAdditionFoldsIntoTheLaterBranchOnly) {
  // Both branches end in convolutions; the sum can only be taken when the first one is there.
  GraphBuilder b(4, 4, UniformWidths({0.5, 1}));
  const Channels in = b.Fixed(3), c = b.Sliced(8);
  const Value x = b.Input(in);
  const Value left = b.Add("left", Conv2d{in, c}, {x});
  const Value right = b.Add("right", Conv2d{in, c, 1, 1, 0}, {x});
  const Value sum = b.Add("sum", Add{Activation::kRelu}, {left, right});
  b.Add("twice", Add{}, {sum, sum});  // reads one value twice: nothing to fold into
  EXPECT_EQ(ExpectEngineIsTape(b.Build(), 3, 1e-6).steps, 3);
}

TEST(Engine, AValueThatIsReadTwiceIsKept) {
  GraphBuilder b(4, 4, UniformWidths({0.5, 1}));
  const Channels in = b.Fixed(3), c = b.Sliced(8);
  const Value x = b.Input(in);
  const Value z = b.Add("conv", Conv2d{in, c}, {x});
  const Value n = b.Add("norm", BatchNorm{c}, {z});
  b.Add("sum", Add{}, {n, z});  // z is needed as it is: neither norm nor sum may fold
  EXPECT_EQ(ExpectEngineIsTape(b.Build(), 1, 1e-6).steps, 3);
}

TEST(Engine, AConvolutionWithAnActivationOfItsOwnTakesNothing) {
  GraphBuilder b(4, 4, UniformWidths({1}));
  const Channels in = b.Fixed(3), c = b.Fixed(5);
  const Value x = b.Input(in);
  const Value z = b.Add("conv", Conv2d{in, c, 3, 1, 1, 1, 1, Activation::kRelu}, {x});
  b.Add("norm", BatchNorm{c}, {z});
  EXPECT_EQ(ExpectEngineIsTape(b.Build(), 1, 1e-6).steps, 2);
}

TEST(Engine, ASwishFoldsIntoTheInstanceNormBeforeIt) {
  GraphBuilder b(9, 11, UniformWidths({0.5, 1}));
  const Channels in = b.Fixed(3), c = b.Sliced(6);
  const Value x = b.Input(in);
  const Value z = b.Add("conv", Conv2d{in, c}, {x});
  const Value n = b.Add("norm", InstanceNorm{c, 1e-5f, 1}, {z});
  const Value s = b.Add("swish", Swish{}, {n});
  const Value kept = b.Add("kept", InstanceNorm{c}, {s});  // is read twice
  const Value sum = b.Add("sum", Add{}, {b.Add("second", Swish{}, {kept}), kept});
  const Value relu = b.Add("relu", InstanceNorm{c, 1e-5f, 0, Activation::kRelu}, {sum});
  const Value third = b.Add("third", Swish{}, {relu});  // behind a ReLU
  b.Add("last", Swish{}, {b.Add("last_norm", InstanceNorm{c}, {third})});
  EXPECT_EQ(ExpectEngineIsTape(b.Build(), 3, 1e-5).steps, 8);
}

TEST(Engine, WidthsShareWeightsAndEqualTables) {
  const EngineReport one = ExpectEngineIsTape(Net("resnet20", {1.0}), 1, 1e-5);
  const EngineReport four = ExpectEngineIsTape(Net("resnet20", {0.25, 0.5, 0.75, 1.0}), 1, 1e-5);
  EXPECT_EQ(one.need.packed, four.need.packed);
  EXPECT_EQ(one.need.activations, four.need.activations);
  // The first layer and two with stride 2 have gather tables; the sixteen others need none.
  const int tile = GetKernels<float>().tile;
  const auto gather = [&](int64_t source, int64_t target, int64_t stride, int64_t channels) {
    ConvGeometry g;
    g.source_h = g.source_w = source;
    g.target_h = g.target_w = target;
    g.kernel_h = g.kernel_w = 3;
    g.stride = stride;
    g.padding = 1;
    return AlignUp(GatherTableSize(g, tile) * int64_t{sizeof(int32_t)}) + AlignUp(4 * channels);
  };
  const auto tables = [&](int64_t c) {
    return gather(32, 32, 1, 3) + gather(32, 16, 2, c) + gather(16, 8, 2, 2 * c);
  };
  EXPECT_EQ(one.need.tables, tables(16));
  // The first layer's is the same at every width.
  EXPECT_EQ(four.need.tables,
            tables(4) + tables(8) + tables(12) + tables(16) - 3 * gather(32, 32, 1, 3));
}

TEST(Engine, RefusesWhatCannotRun) {
  const OwnedGraph net = Net("plain-cnn", {1.0});
  std::vector<char> memory(Engine::PlanBytes(net.view()) + kAlignment);
  void* aligned = reinterpret_cast<void*>(AlignUp(reinterpret_cast<int64_t>(memory.data())));
  EngineNeed need;
  EXPECT_EQ(Engine::Plan(net.view(), 0, aligned, &need).code, StatusCode::kInvalid);
  Graph broken = net.view();
  std::vector<Node> nodes(broken.nodes, broken.nodes + broken.num_nodes);
  broken.nodes = nodes.data();
  nodes[3].inputs[0] = 9;
  EXPECT_EQ(Engine::Plan(broken, 1, aligned, &need).where, 3);
  nodes[3].inputs[0] = 0;  // a map of another number of channels than the layer takes
  const Status status = Engine::Plan(broken, 1, aligned, &need);
  EXPECT_EQ(status.code, StatusCode::kInvalid);
  EXPECT_EQ(status.where, 3);
}

}  // namespace
}  // namespace slim
