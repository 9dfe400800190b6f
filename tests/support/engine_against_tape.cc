#include "tests/support/engine_against_tape.h"

#include <gtest/gtest.h>
#include <math.h>

#include <algorithm>
#include <vector>

#include "autograd/tape.h"
#include "core/random.h"
#include "core/workspace.h"
#include "split/runtime/row_plan.h"
#include "tests/support/guarded_buffer.h"

namespace slim {
namespace {

Parameters<float> DrawParameters(const OwnedGraph& graph) {
  Parameters<float> parameters(graph);
  parameters.Initialise(1);
  Random random(2);
  for (int64_t p = 0; p < parameters.size(); ++p) {
    Parameter<float>& parameter = parameters[p];
    const bool matrix = parameter.shape.rank > 1;
    for (float& v : parameter.value) {
      if (parameter.role == ParamRole::kRunningVar || parameter.role == ParamRole::kScale) {
        v = 0.5f + static_cast<float>(random.Uniform());
      } else if (!matrix && parameter.role != ParamRole::kGdnBeta) {
        v = 0.3f * random.Normal();
      }
    }
  }
  return parameters;
}

std::vector<float> OfTape(const OwnedGraph& graph, Parameters<float>* parameters, Width width,
                          const std::vector<float>& images, const Shape& shape) {
  Tape<float> tape;
  RunOptions options;
  options.record = false;
  const Var x = tape.Constant(TensorView<const float>(images.data(), shape));
  const TensorView<const float> y =
      tape.Value(tape.Run(graph.view(), *parameters, width, x, options));
  return std::vector<float>(y.data, y.data + y.Count());
}

}  // namespace

EngineReport ExpectEngineIsTape(const OwnedGraph& owned, int64_t images, double tolerance) {
  const Graph& graph = owned.view();
  EngineReport report;
  Parameters<float> parameters = DrawParameters(owned);
  const GuardedBuffer plan(Engine::PlanBytes(graph), kAlignment);
  const Status planned = Engine::Plan(graph, images, plan.As<void>(), &report.need);
  EXPECT_TRUE(planned.ok()) << planned.text;
  EXPECT_TRUE(plan.Intact());
  const int64_t bytes = report.need.total();
  const GuardedBuffer arena(bytes, kAlignment);
  const WeightSource weights = {
      [](const void* context, int32_t node, int slot, Width row) {
        return static_cast<const Parameters<float>*>(context)->At(node, slot, row).value.data();
      },
      &parameters};
  Engine engine;
  const Status refused = engine.Prepare(graph, weights, images, arena.As<void>(), bytes - 1);
  EXPECT_EQ(refused.code, StatusCode::kTooSmall);
  EXPECT_EQ(refused.where, bytes);
  const Status prepared = engine.Prepare(graph, weights, images, arena.As<void>(), bytes);
  EXPECT_TRUE(prepared.ok()) << prepared.text;
  if (!planned.ok() || !prepared.ok()) return report;

  const int32_t rows = graph.plan.rows;
  std::vector<std::vector<float>> first(rows);
  // Every width after every other one.
  for (int32_t turn = 0; turn < rows * rows; ++turn) {
    const Width width = turn % 2 == 0 ? turn / 2 % rows : rows - 1 - turn / rows;
    const Shape shape = graph.InputShape(width, images);
    std::vector<float> x(shape.Count());
    Random random(3);
    for (float& v : x) v = random.Normal();
    engine.SetWidth(width);
    const TensorView<const float> y = engine.Run(x.data());
    const std::vector<float> got(y.data, y.data + y.Count());
    if (!first[width].empty()) {
      EXPECT_EQ(got, first[width]) << "width " << width << " differs from its first run";
      continue;
    }
    first[width] = got;
    const std::vector<float> expected = OfTape(owned, &parameters, width, x, shape);
    EXPECT_EQ(got.size(), expected.size());
    if (got.size() != expected.size()) continue;
    double largest = 1e-30, difference = 0;
    for (size_t k = 0; k < got.size(); ++k) {
      EXPECT_TRUE(isfinite(got[k])) << "element " << k << " at width " << width;
      largest = std::max(largest, fabs(static_cast<double>(expected[k])));
      difference = std::max(difference, fabs(static_cast<double>(got[k]) - expected[k]));
    }
    EXPECT_LE(difference / largest, tolerance) << "width " << width;
  }
  for (int32_t width = 0; width < rows; ++width) {
    EXPECT_FALSE(first[width].empty()) << "width " << width << " never ran";
  }
  EXPECT_TRUE(arena.Intact());

  std::vector<char> memory(RowPlan::Bytes(graph) + kAlignment);
  void* aligned = reinterpret_cast<void*>(AlignUp(reinterpret_cast<int64_t>(memory.data())));
  RowPlan row_plan(graph, aligned);
  EXPECT_TRUE(row_plan.Plan(rows - 1, images).ok());
  report.steps = row_plan.num_steps();
  return report;
}

}  // namespace slim
