#include "split/runtime/engine.h"

#include "core/kernels/kernels.h"
#include "core/parallel.h"
#include "core/workspace.h"
#include "layers/add.h"
#include "layers/batch_norm.h"
#include "split/runtime/row_plan.h"

namespace slim {
namespace {

template <class L>
const L& LayerOf(const Node& node) {
  return *reinterpret_cast<const L*>(node.layer);
}

}  // namespace

// Lays out an engine: once to count, once to make it. The two run the same lines and so cannot
// disagree.
class EngineBuilder {
 public:
  // `memory` is PlanBytes(graph) long.
  EngineBuilder(const Graph& graph, int64_t images, const WeightSource* weights, void* memory)
      : EngineBuilder(graph, images, weights, Workspace(memory)) {}

  static int64_t Bytes(const Graph& graph) {
    Workspace counting;
    const EngineBuilder builder(graph, 1, nullptr, counting);
    return counting.used();
  }

  // Fills `engine` when `arena` hands out memory; `need` always.
  Status Build(Workspace& arena, Engine* engine, EngineNeed* need) {
    if (images_ < 1) return Invalid("an engine runs at least one image", images_);
    SLIM_RETURN_IF_ERROR(CheckGraph(graph_));
    *need = EngineNeed();
    num_tables_ = 0;
    for (int32_t k = 0; k < graph_.num_nodes; ++k) packed_[k] = {};
    Engine::Row* rows = nullptr;
    need->steps += Take(arena, graph_.plan.rows, &rows);
    for (Width row = 0; row < graph_.plan.rows; ++row) {
      SLIM_RETURN_IF_ERROR(plan_.Plan(row, images_));
      Engine::Step* steps = nullptr;
      need->steps += Take(arena, plan_.num_steps(), &steps);
      for (int32_t s = 0; s < plan_.num_steps(); ++s) {
        BuildStep(plan_.step(s), arena, steps == nullptr ? nullptr : steps + s, need);
      }
      if (plan_.activation_bytes() > need->activations)
        need->activations = plan_.activation_bytes();
      if (rows != nullptr) {
        rows[row] = {steps, plan_.num_steps(),
                     TensorView<const float>(nullptr, plan_.shape(graph_.num_nodes))};
      }
    }
    if (rows == nullptr) return OkStatus();
    // The memory of the plan itself is part of it: read the plan before Run writes there.
    char* activations = arena.Take<char>(need->activations);
    for (Width row = 0; row < graph_.plan.rows; ++row) {
      SLIM_RETURN_IF_ERROR(plan_.Plan(row, images_));
      PlaceRow(activations, &rows[row]);
    }
    engine->workers_ = ParallelWorkers();
    engine->tile_ = GetKernels<float>().tile;
    engine->rows_ = rows;
    engine->num_rows_ = graph_.plan.rows;
    engine->row_ = graph_.plan.rows - 1;
    return OkStatus();
  }

 private:
  struct Table {
    uint64_t key;
    int64_t bytes;
    void* memory;
  };
  struct Packed {
    bool done;
    float* weights;
  };

  EngineBuilder(const Graph& graph, int64_t images, const WeightSource* weights,
                Workspace&& workspace)
      : EngineBuilder(graph, images, weights, workspace) {}
  EngineBuilder(const Graph& graph, int64_t images, const WeightSource* weights,
                Workspace& workspace)
      : graph_(graph),
        images_(images),
        weights_(weights),
        tables_(workspace.Take<Table>(int64_t{graph.num_nodes} * graph.plan.rows)),
        packed_(workspace.Take<Packed>(graph.num_nodes)),
        plan_(graph, workspace.Take<char>(RowPlan::Bytes(graph))) {}

  template <class T>
  static int64_t Take(Workspace& arena, int64_t count, T** memory) {
    const int64_t before = arena.used();
    *memory = arena.Take<T>(count);
    return arena.used() - before;
  }

  TensorView<const float> Param(const Inference& i, int32_t node, int slot) const {
    const ParamSpec& spec = i.params[slot];
    return TensorView<const float>(weights_->find(weights_->context, node, slot, i.width),
                                   spec.full);
  }

  // The parts of a step; each takes its memory, and fills it when there is some.
  void BuildStep(const PlannedStep& planned, Workspace& arena, Engine::Step* step,
                 EngineNeed* need);
  const float* PackedOf(const PlannedStep& planned, const Inference& i, Workspace& arena,
                        EngineNeed* need);
  const void* TableOf(const PlannedStep& planned, const Inference& i, Workspace& arena,
                      EngineNeed* need);
  Epilogue<float> EpilogueOf(const PlannedStep& planned, const Inference& i, Workspace& arena,
                             EngineNeed* need);
  // Points the steps of a row to their values.
  void PlaceRow(char* activations, Engine::Row* row) const;

  const Graph& graph_;
  const int64_t images_;
  const WeightSource* weights_;
  Table* tables_;  // [rows * nodes], the first num_tables_ in use
  int32_t num_tables_ = 0;
  Packed* packed_;  // [nodes]
  RowPlan plan_;
};

void EngineBuilder::BuildStep(const PlannedStep& planned, Workspace& arena, Engine::Step* step,
                              EngineNeed* need) {
  const Node& node = graph_.nodes[planned.node];
  Inference i;
  plan_.Infer(planned.node, &i);
  const float* packed = PackedOf(planned, i, arena, need);
  const void* table = TableOf(planned, i, arena, need);
  const Epilogue<float> epilogue = EpilogueOf(planned, i, arena, need);
  if (step == nullptr) return;
  *step = Engine::Step();
  step->forward = InferenceVerbsOf<float>(node.kind).forward;
  step->layer = node.layer;
  step->epilogue = epilogue;
  ForwardArgs<float>& args = step->args;
  args.num_inputs = i.used_inputs;
  for (int j = 0; j < i.used_inputs; ++j) args.inputs[j] = {nullptr, i.inputs[j]};
  args.output = {nullptr, i.output};
  for (int p = 0; p < i.num_params; ++p) {
    const TensorView<const float> full = Param(i, planned.node, p);
    args.params[p] =
        TensorView<float>(const_cast<float*>(full.data), full.shape).Prefix(i.params[p].active);
  }
  args.packed = packed;
  args.table = table;
  args.workers = i.workers;
  args.swish = planned.swish;
  if (planned.norm != kNone || planned.add != kNone) args.epilogue = &step->epilogue;
}

const float* EngineBuilder::PackedOf(const PlannedStep& planned, const Inference& i,
                                     Workspace& arena, EngineNeed* need) {
  const auto pack = InferenceVerbsOf<float>(graph_.nodes[planned.node].kind).pack;
  Packed& packed = packed_[planned.node];
  if (pack == nullptr || packed.done) return packed.weights;
  packed.done = true;
  need->packed += Take(arena, planned.packed_bytes / int64_t{sizeof(float)}, &packed.weights);
  if (packed.weights == nullptr) return nullptr;
  PackArgs<float> args;
  for (int p = 0; p < i.num_params; ++p) args.params[p] = Param(i, planned.node, p);
  args.output = i.output;
  args.packed = packed.weights;
  pack(graph_.nodes[planned.node].layer, args);
  return packed.weights;
}

const void* EngineBuilder::TableOf(const PlannedStep& planned, const Inference& i, Workspace& arena,
                                   EngineNeed* need) {
  const Node& node = graph_.nodes[planned.node];
  const auto build = InferenceVerbsOf<float>(node.kind).build_table;
  if (build == nullptr) return nullptr;
  for (int32_t t = 0; t < num_tables_; ++t) {
    if (tables_[t].key == planned.table_key && tables_[t].bytes == planned.table_bytes) {
      return tables_[t].memory;
    }
  }
  char* memory = nullptr;
  need->tables += Take(arena, planned.table_bytes, &memory);
  tables_[num_tables_++] = {planned.table_key, planned.table_bytes, memory};
  if (memory != nullptr) build(node.layer, i, memory);
  return memory;
}

Epilogue<float> EngineBuilder::EpilogueOf(const PlannedStep& planned, const Inference& i,
                                          Workspace& arena, EngineNeed* need) {
  Epilogue<float> epilogue;
  const float* bias = nullptr;
  for (int p = 0; p < i.num_params && weights_ != nullptr; ++p) {
    if (i.params[p].role == ParamRole::kBias) bias = Param(i, planned.node, p).data;
  }
  epilogue.bias = bias;
  if (planned.norm != kNone) {
    const BatchNorm& norm = LayerOf<BatchNorm>(graph_.nodes[planned.norm]);
    const int64_t channels = i.output.c();
    float *scale = nullptr, *shift = nullptr;
    need->folded += Take(arena, channels, &scale);
    need->folded += Take(arena, channels, &shift);
    if (scale != nullptr) {
      Inference of_norm;
      plan_.Infer(planned.norm, &of_norm);
      TensorView<const float> params[kMaxParams];
      for (int p = 0; p < of_norm.num_params; ++p) params[p] = Param(of_norm, planned.norm, p);
      norm.Fold(params, channels, bias, scale, shift);
    }
    epilogue.scale = scale;
    epilogue.bias = shift;
    epilogue.clamp = ClampOf<float>(norm.activation);
  }
  if (planned.add != kNone) {
    epilogue.clamp = ClampOf<float>(LayerOf<Add>(graph_.nodes[planned.add]).activation);
  }
  return epilogue;
}

void EngineBuilder::PlaceRow(char* activations, Engine::Row* row) const {
  const auto at = [&](int32_t v) {
    return v == 0 ? nullptr : reinterpret_cast<float*>(activations + plan_.offset(v));
  };
  for (int32_t s = 0; s < row->num_steps; ++s) {
    const PlannedStep& planned = plan_.step(s);
    const Node& node = graph_.nodes[planned.node];
    Engine::Step& step = row->steps[s];
    for (int j = 0; j < step.args.num_inputs; ++j) {
      step.args.inputs[j].data = at(node.inputs[j]);
      if (node.inputs[j] == 0) step.reads_input |= 1u << j;
    }
    if (planned.residual != kNone) {
      step.epilogue.residual = at(planned.residual);
      step.adds_input = planned.residual == 0;
    }
    step.args.output.data = at(planned.output);
    step.args.scratch = activations + planned.scratch_offset;
  }
  row->output.data = at(graph_.num_nodes);
}

int64_t Engine::PlanBytes(const Graph& graph) { return EngineBuilder::Bytes(graph); }

Status Engine::Plan(const Graph& graph, int64_t images, void* memory, EngineNeed* need) {
  Workspace counting;
  const Status status =
      EngineBuilder(graph, images, nullptr, memory).Build(counting, nullptr, need);
  need->planning = PlanBytes(graph);
  return status;
}

Status Engine::Prepare(const Graph& graph, const WeightSource& weights, int64_t images, void* arena,
                       int64_t bytes) {
  const int64_t plan_bytes = PlanBytes(graph);
  if (bytes < plan_bytes) return TooSmall("the arena cannot even hold the plan", plan_bytes);
  EngineNeed need;
  SLIM_RETURN_IF_ERROR(Plan(graph, images, arena, &need));
  if (bytes < need.total()) return TooSmall("the arena is too small", need.total());
  // The plan lives where activations will: they are not in use at the same time.
  Workspace workspace(arena);
  return EngineBuilder(graph, images, &weights, static_cast<char*>(arena) + need.fixed())
      .Build(workspace, this, &need);
}

TensorView<const float> Engine::Run(const float* input) {
  SLIM_ASSERT(ParallelWorkers() <= workers_ && GetKernels<float>().tile == tile_);
  const Row& row = rows_[row_];
  for (Step* step = row.steps; step != row.steps + row.num_steps; ++step) {
    for (int j = 0; step->reads_input >> j != 0; ++j) {
      if (step->reads_input >> j & 1) step->args.inputs[j].data = input;
    }
    if (step->adds_input) step->epilogue.residual = input;
    step->forward(step->layer, step->args);
  }
  return row.output;
}

}  // namespace slim
