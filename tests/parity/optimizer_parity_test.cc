// Every optimizer against PyTorch: weight and bias of a Linear after each of five steps.
#include "autograd/optimizer.h"
#include "layers/linear.h"
#include "tests/parity/golden.h"

namespace slim {
namespace {

OptimizerOptions OptionsOf(const Golden& golden) {
  OptimizerOptions options;
  options.rule = golden.Text("rule");
  options.weight_decay = golden.Number("weight_decay");
  if (golden.Has("momentum")) options.momentum = golden.Number("momentum");
  if (golden.Has("nesterov")) options.nesterov = golden.Number("nesterov") != 0;
  if (golden.Has("beta1")) options.beta1 = golden.Number("beta1");
  if (golden.Has("beta2")) options.beta2 = golden.Number("beta2");
  if (golden.Has("epsilon")) options.epsilon = golden.Number("epsilon");
  if (golden.Has("decay_vectors")) options.decay_vectors = golden.Number("decay_vectors") != 0;
  return options;
}

class OptimizerParity : public ParityTest {};

TEST_P(OptimizerParity, FiveSteps) {
  const Golden golden(GetParam());
  GraphBuilder b(1, 1, UniformWidths({1.0}));
  const Channels in = b.Fixed(4), out = b.Fixed(3);
  b.Add("linear", Linear{in, out}, {b.Input(in)});
  const OwnedGraph graph = b.Build();
  Parameters<float> parameters(graph);
  const std::vector<std::string> names = {"weight", "bias"};
  for (const std::string& name : names) {
    parameters.Find("linear." + name)->value = golden.Floats(name + ".0");
  }
  const auto optimizer = MakeOptimizer(OptionsOf(golden), parameters);
  const std::vector<double> rates = golden.Numbers("rates");
  ASSERT_EQ(rates.size(), 5u);
  for (size_t step = 1; step <= rates.size(); ++step) {
    const std::string suffix = "." + std::to_string(step);
    for (const std::string& name : names) {
      parameters.Find("linear." + name)->gradient = golden.Floats("grad." + name + suffix);
    }
    optimizer->Step(parameters, rates[step - 1]);
    EXPECT_EQ(optimizer->steps(), static_cast<int64_t>(step));
    for (const std::string& name : names) {
      ExpectParity(parameters.Find("linear." + name)->value, golden.Floats(name + suffix),
                   name + suffix);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Goldens, OptimizerParity, testing::ValuesIn(GoldenNames("optimizer_")),
                         ParityName);

TEST(OptimizerParityTest, ThereAreGoldens) { EXPECT_GE(GoldenNames("optimizer_").size(), 6u); }

}  // namespace
}  // namespace slim
