#include "split/runtime/row_plan.h"

#include "core/kernels/kernels.h"
#include "core/parallel.h"
#include "layers/add.h"
#include "layers/batch_norm.h"

namespace slim {
namespace {

// The step that makes a value which no step makes.
constexpr int32_t kNever = INT32_MAX;

template <class L>
const L& LayerOf(const Node& node) {
  return *reinterpret_cast<const L*>(node.layer);
}

}  // namespace

RowPlan::RowPlan(const Graph& graph, Workspace& workspace)
    : graph_(graph),
      steps_(workspace.Take<PlannedStep>(graph.num_nodes)),
      shapes_(workspace.Take<Shape>(graph.num_nodes + 1)),
      offsets_(workspace.Take<int64_t>(graph.num_nodes + 1)),
      reads_(workspace.Take<int32_t>(graph.num_nodes + 1)),
      last_reader_(workspace.Take<int32_t>(graph.num_nodes + 1)),
      made_at_(workspace.Take<int32_t>(graph.num_nodes + 1)),
      used_inputs_(workspace.Take<int32_t>(graph.num_nodes)),
      scratch_bytes_(workspace.Take<int64_t>(graph.num_nodes)),
      buffers_(workspace.Take<PlacedBuffer>(2 * int64_t{graph.num_nodes})),
      order_(workspace.Take<int32_t>(2 * int64_t{graph.num_nodes})) {}

int64_t RowPlan::Bytes(const Graph& graph) {
  Workspace counting;
  const RowPlan plan(graph, counting);
  return counting.used();
}

RowPlan::RowPlan(const Graph& graph, void* memory) : RowPlan(graph, Workspace(memory)) {}

Status RowPlan::Plan(Width row, int64_t images) {
  SLIM_RETURN_IF_ERROR(InferAll(row, images));
  FindReaders();
  Fold();
  Place();
  return OkStatus();
}

void RowPlan::Infer(int32_t node, Inference* i) const {
  i->workers = ParallelWorkers();
  i->tile = GetKernels<float>().tile;
  const Status status = InferNode(graph_, node, row_, shapes_, i);
  SLIM_ASSERT(status.ok());
  (void)status;
}

Status RowPlan::InferAll(Width row, int64_t images) {
  Inference i;
  i.workers = ParallelWorkers();
  i.tile = GetKernels<float>().tile;
  row_ = row;
  shapes_[0] = graph_.InputShape(row, images);
  for (int32_t k = 0; k < graph_.num_nodes; ++k) {
    SLIM_RETURN_IF_ERROR(InferNode(graph_, k, row, shapes_, &i));
    used_inputs_[k] = i.used_inputs;
    scratch_bytes_[k] = i.forward_scratch_bytes;
    PlannedStep& step = steps_[k] = PlannedStep();
    step.node = k;
    step.packed_bytes = i.packed_bytes;
    step.table_bytes = i.table_bytes;
    step.table_key = i.table_key;
  }
  return OkStatus();
}

void RowPlan::FindReaders() {
  const int32_t nodes = graph_.num_nodes;
  for (int32_t v = 0; v <= nodes; ++v) {
    reads_[v] = 0;
    last_reader_[v] = kNone;
    made_at_[v] = kNever;
  }
  // The caller reads the output.
  reads_[nodes] = 1;
  last_reader_[nodes] = nodes;
  for (int32_t k = nodes - 1; k >= 0; --k) {
    if (reads_[k + 1] == 0) continue;
    for (int j = 0; j < used_inputs_[k]; ++j) {
      const int32_t v = graph_.nodes[k].inputs[j];
      ++reads_[v];
      if (k > last_reader_[v]) last_reader_[v] = k;
    }
  }
}

const Node* RowPlan::OnlyReader(int32_t v, LayerKind kind) const {
  if (reads_[v] != 1 || last_reader_[v] == graph_.num_nodes) return nullptr;
  const Node& reader = graph_.nodes[last_reader_[v]];
  return reader.kind == kind ? &reader : nullptr;
}

void RowPlan::Fold() {
  num_steps_ = 0;
  made_at_[0] = kNone;
  for (int32_t k = 0; k < graph_.num_nodes; ++k) {
    if (reads_[k + 1] == 0 || made_at_[k + 1] != kNever) continue;  // not needed, or folded
    PlannedStep step = steps_[k];
    const Node& node = graph_.nodes[k];
    const LayerVerbs<float>& verbs = InferenceVerbsOf<float>(node.kind);
    step.output = k + 1;
    if (verbs.takes_epilogue != nullptr && verbs.takes_epilogue(node.layer)) FoldInto(&step);
    if (verbs.takes_swish != nullptr && verbs.takes_swish(node.layer) &&
        OnlyReader(k + 1, LayerKind::kSwish) != nullptr) {
      step.swish = true;
      step.output = last_reader_[k + 1] + 1;
    }
    scratch_bytes_[num_steps_] = scratch_bytes_[k];
    made_at_[step.output] = num_steps_;
    steps_[num_steps_++] = step;
  }
}

void RowPlan::FoldInto(PlannedStep* step) {
  if (const Node* norm = OnlyReader(step->output, LayerKind::kBatchNorm)) {
    step->norm = last_reader_[step->output];
    step->output = step->norm + 1;
    if (LayerOf<BatchNorm>(*norm).activation != Activation::kNone) return;
  }
  const Node* add = OnlyReader(step->output, LayerKind::kAdd);
  if (add == nullptr) return;
  const int32_t other = add->inputs[0] == step->output ? add->inputs[1] : add->inputs[0];
  if (made_at_[other] == kNever) return;  // the other branch comes later: it may take the addition
  reads_[step->output] = 0;  // it is passed over: a norm that made it is not needed as a step
  step->add = last_reader_[step->output];
  step->residual = other;
  step->output = step->add + 1;
}

void RowPlan::Place() {
  // Each value lives from the step that makes it to the last that reads it.
  int32_t count = 0;
  for (int32_t s = 0; s < num_steps_; ++s) {
    PlacedBuffer& output = buffers_[count++] = PlacedBuffer();
    output.bytes = SaturatingMul(shapes_[steps_[s].output].Count(), sizeof(float));
    output.first = output.last = s;
    const auto read = [&](int32_t v) {
      if (v > 0) buffers_[made_at_[v]].last = s;
    };
    const int32_t k = steps_[s].node;
    for (int j = 0; j < used_inputs_[k]; ++j) read(graph_.nodes[k].inputs[j]);
    if (steps_[s].residual != kNone) read(steps_[s].residual);
  }
  if (made_at_[graph_.num_nodes] != kNone) buffers_[made_at_[graph_.num_nodes]].last = num_steps_;
  for (int32_t s = 0; s < num_steps_; ++s) {
    buffers_[count++] = {scratch_bytes_[s], s, s, 0};
  }
  activation_bytes_ = PlaceBuffers(buffers_, count, order_);
  for (int32_t v = 0; v <= graph_.num_nodes; ++v) {
    const bool made = made_at_[v] != kNever && made_at_[v] != kNone;
    offsets_[v] = made ? buffers_[made_at_[v]].offset : kNone;
  }
  for (int32_t s = 0; s < num_steps_; ++s) {
    steps_[s].scratch_offset = buffers_[num_steps_ + s].offset;
  }
}

}  // namespace slim
