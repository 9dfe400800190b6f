// Law "engine" for every layer at every width: as a network of its own, followed by what can fold
// into it.
#include <string>

#include "layers/add.h"
#include "layers/batch_norm.h"
#include "layers/conv2d.h"
#include "layers/global_avg_pool.h"
#include "tests/laws/cases.h"
#include "tests/support/engine_against_tape.h"

namespace slim {
namespace {

// The space that has as many channels as the output of the case at every width; -1: there is none.
int SpaceOfOutput(const LayerCase& c) {
  for (size_t space = 0; space < c.full.size(); ++space) {
    bool fits = true;
    for (size_t row = 0; row < c.rows.size(); ++row) {
      Inference i;
      EXPECT_TRUE(InferCase(c, static_cast<Width>(row), sizeof(float), 0, &i).ok());
      fits &= i.output.c() == c.rows[row][space];
    }
    if (fits) return static_cast<int>(space);
  }
  return -1;
}

// A network with the case's layer. It has one input, so each further input of the layer comes from
// a convolution, after a global mean where the map is a single pixel.
OwnedGraph GraphOf(const LayerCase& c, bool followed) {
  WidthRows rows;
  for (size_t row = 0; row < c.rows.size(); ++row) rows.names.push_back(std::to_string(row));
  rows.multipliers.assign(c.rows.size(), 1);
  const InputSpec& in = c.inputs[0];
  GraphBuilder b(in.h, in.w, rows);
  for (size_t space = 0; space < c.full.size(); ++space) {
    std::vector<int> active;
    for (const auto& row : c.rows) active.push_back(row[space]);
    b.PerWidth(c.full[space], active);
  }
  std::vector<Value> inputs = {b.Input(in.c)};
  for (size_t j = 1; j < c.inputs.size(); ++j) {
    const InputSpec& spec = c.inputs[j];
    Value value = inputs[0];
    if (spec.h != in.h || spec.w != in.w) {
      value = b.Add("mean" + std::to_string(j), GlobalAvgPool{}, {value});
    }
    inputs.push_back(b.Add("conv" + std::to_string(j), Conv2d{in.c, spec.c, 1, 1, 0}, {value}));
  }
  Value y = b.AddNode("layer", c.kind, c.layer, sizeof(c.layer), inputs);
  const int space = SpaceOfOutput(c);
  if (followed && space >= 0) {
    // A norm, which folds into the layer if it takes one; then a residual block.
    const Channels channels = {static_cast<uint16_t>(space)};
    y = b.Add("norm", BatchNorm{channels, 1e-5f, BatchNormAffine::kPerWidth, Activation::kRelu},
              {y});
    const Value z = b.Add("conv", Conv2d{channels, channels, 3, 1, 1, 1}, {y});
    const Value n = b.Add("conv_norm", BatchNorm{channels}, {z});
    y = b.Add("sum", Add{Activation::kRelu}, {n, y});
  }
  return b.Build();
}

class EngineLaw : public LawTest {};

TEST_P(EngineLaw, EngineIsTape) {
  const Kernels<float>* tables[8];
  const int count = AvailableKernels(tables, 8);
  for (int t = 0; t < count; ++t) {
    ASSERT_TRUE(ForceIsa(tables[t]->isa));
    SCOPED_TRACE(tables[t]->isa);
    ExpectEngineIsTape(GraphOf(Case(), false), Case().inputs[0].n, 0);
    ExpectEngineIsTape(GraphOf(Case(), true), Case().inputs[0].n, 1e-5);
  }
}

// One engine runs all widths of a case.
std::vector<CaseAtWidth> AllCasesOnce() {
  std::vector<CaseAtWidth> once;
  for (const LayerCase& c : AllCases()) once.push_back({&c, 0});
  return once;
}

INSTANTIATE_TEST_SUITE_P(Cases, EngineLaw, testing::ValuesIn(AllCasesOnce()),
                         [](const auto& info) { return info.param.layer_case->name; });

}  // namespace
}  // namespace slim
