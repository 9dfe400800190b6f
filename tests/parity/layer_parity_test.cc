// Every layer against PyTorch, forward and backward, under every kernel table and with OpenBLAS.
#include <set>

#include "core/kernels/blas_host.h"
#include "core/kernels/kernels.h"
#include "layers/torch_layout_host.h"
#include "tests/parity/golden.h"
#include "tests/support/layer_harness.h"

namespace slim {
namespace {

LayerKind KindOf(const Golden& golden) {
  LayerKind kind;
  if (!FindLayerKind(golden.Text("layer").c_str(), &kind)) {
    throw std::runtime_error("no layer is called " + golden.Text("layer"));
  }
  return kind;
}

LayerCase CaseOf(const std::string& name, const Golden& golden) {
  std::vector<uint16_t> plan;
  for (double channels : golden.Numbers("plan")) plan.push_back(static_cast<uint16_t>(channels));
  std::vector<InputSpec> inputs;
  for (int i = 0; golden.Find("input" + std::to_string(i)) != nullptr; ++i) {
    const Shape shape = golden.ActivationShape("input" + std::to_string(i));
    Channels c;
    while (plan.at(c.space) != shape.c()) ++c.space;
    inputs.push_back({shape.n(), shape.h(), shape.w(), c});
  }
  LayerCase c = MakeCaseOf(name, KindOf(golden), {plan}, inputs);
  GoldenFields fields(golden);
  TypeOf(c.kind).fields(c.layer, fields);
  EXPECT_TRUE(fields.ok()) << fields.refused();
  int given = 0;
  for (const auto& entry : golden.metadata()) given += entry.first.compare(0, 6, "field.") == 0;
  EXPECT_EQ(given, fields.visited()) << "the golden sets a field that the layer does not have";
  return c;
}

void ExpectLayerParity(const std::string& name, const std::string& with) {
  const Golden golden(name);
  LayerHarness<float> h(CaseOf(name, golden), 0);
  const auto ours = [&](int p, const std::string& prefix) {
    const ParamSpec& spec = h.inference().params[p];
    const std::string key = prefix + spec.name;
    EXPECT_EQ(golden.Find(key)->shape, TorchShape(spec.role, spec.full)) << key;
    const std::vector<float> torch = golden.Floats(key);
    std::vector<float> values(torch.size());
    FromTorch(spec.role, spec.full, torch.data(), values.data());
    return values;
  };
  for (int i = 0; i < h.num_inputs(); ++i) {
    Set(h.Input(i), golden.Activation("input" + std::to_string(i)));
  }
  for (int p = 0; p < h.num_params(); ++p) Set(h.FullParam(p), ours(p, "param."));
  Set(h.GradOutput(), golden.Activation("grad_output"));

  const bool train = golden.Number("train") != 0;
  h.Forward(train ? HarnessMode::kTrain : HarnessMode::kEval);
  EXPECT_EQ(h.inference().output, golden.ActivationShape("output"));
  ExpectParity(Get(h.Output()), golden.Activation("output"), with + ": output");
  h.Backward();
  for (int i = 0; i < h.num_inputs(); ++i) {
    const std::string key = "grad_input" + std::to_string(i);
    ExpectParity(Get(h.GradInput(i)), golden.Activation(key), with + ": " + key);
  }
  for (int p = 0; p < h.num_params(); ++p) {
    const ParamSpec& spec = h.inference().params[p];
    if (IsLearned(spec.role)) {
      ExpectParity(Get(h.FullGradParam(p)), ours(p, "grad."), with + ": gradient of " + spec.name);
    } else {
      ExpectParity(Get(h.FullParam(p)), ours(p, train ? "after." : "param."),
                   with + ": " + spec.name);
    }
  }
}

class LayerParity : public ParityTest {};

TEST_P(LayerParity, HoldsUnderEveryKernelTable) {
  const Kernels<float>* tables[8];
  const int count = AvailableKernels(tables, 8);
  for (int i = 0; i < count; ++i) {
    ASSERT_TRUE(ForceIsa(tables[i]->isa));
    ExpectLayerParity(GetParam(), tables[i]->isa);
  }
  UseOpenBlas();
  ExpectLayerParity(GetParam(), "OpenBLAS");
  SetGemm(PortableKernels<float>().gemm);
}

INSTANTIATE_TEST_SUITE_P(Goldens, LayerParity, testing::ValuesIn(GoldenNames("layer_")),
                         ParityName);

TEST(LayerParityTest, EveryLayerHasAGolden) {
  std::set<LayerKind> seen;
  for (const std::string& name : GoldenNames("layer_")) seen.insert(KindOf(Golden(name)));
#define SLIM_LAYER(Type)                      \
  EXPECT_TRUE(seen.count(LayerKind::k##Type)) \
      << #Type << ": add it to tools/parity/layer_goldens.py";
#include "layers/layers.inc"
#undef SLIM_LAYER
}

}  // namespace
}  // namespace slim
