#include <gtest/gtest.h>
#include <math.h>

#include "autograd/tape.h"
#include "layers/blocks_host.h"

namespace slim {
namespace {

using Numbers = std::vector<float>;

// One squeeze-excite over 1x2 pixels: channels 1 and 2 of 2, squeezed to 1.
OwnedGraph SqueezeExcite() {
  GraphBuilder b(1, 2, UniformWidths({0.5, 1}));
  const Channels c = b.Sliced(2), squeezed = b.Fixed(1);
  AddSqueezeExcite(b, "se", b.Input(c), c, squeezed);
  return b.Build();
}

Numbers RunAt(Width width, const Numbers& x) {
  const OwnedGraph graph = SqueezeExcite();
  Parameters<float> parameters(graph);
  parameters.Find("se.fc1.weight")->value = {1, 0.5f};
  parameters.Find("se.fc1.bias")->value = {-1};
  parameters.Find("se.fc2.weight")->value = {logf(3) / 3, -1};
  parameters.Find("se.fc2.bias")->value = {0, 3};
  Tape<float> tape;
  const Var input =
      tape.Constant(TensorView<const float>(x.data(), graph.view().InputShape(width, 1)));
  const auto y = tape.Value(tape.Run(graph.view(), parameters, width, input, {}));
  return Numbers(y.data, y.data + y.Count());
}

// Means 2 and 4; squeezed relu(2 + 0.5 * 4 - 1) = 3; gates sigmoid(ln 3) = 0.75, sigmoid(0) = 0.5.
TEST(Blocks, SqueezeExciteByHand) {
  const Numbers y = RunAt(1, {1, 3, 3, 5});
  const Numbers expected = {0.75f, 1.5f, 2.25f, 2.5f};
  ASSERT_EQ(y.size(), expected.size());
  for (size_t k = 0; k < y.size(); ++k) EXPECT_NEAR(y[k], expected[k], 1e-5f) << k;
}

// The second channel is not there: squeezed relu(4 - 1) = 3, gate 0.75.
TEST(Blocks, SqueezeExciteAtHalfTheWidth) {
  const Numbers y = RunAt(0, {2, 6});
  ASSERT_EQ(y.size(), 2u);
  EXPECT_NEAR(y[0], 1.5f, 1e-5f);
  EXPECT_NEAR(y[1], 4.5f, 1e-5f);
}

// relu in the middle: what it stops leaves only the bias of the gate.
TEST(Blocks, SqueezeExciteCutsNegativeFeatures) {
  const Numbers y = RunAt(0, {-2, -6});
  EXPECT_NEAR(y[0], -1.0f, 1e-5f);
  EXPECT_NEAR(y[1], -3.0f, 1e-5f);
}

TEST(Blocks, NodesAreNamedAfterTheBlock) {
  const OwnedGraph graph = SqueezeExcite();
  for (const char* name : {"se.avgpool", "se.fc1", "se.fc2", "se.gate", "se.scale"}) {
    EXPECT_NO_THROW(graph.FindNode(name)) << name;
  }
}

}  // namespace
}  // namespace slim
