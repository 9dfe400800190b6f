#include "layers/graph.h"

namespace slim {
namespace {

bool Sane(const Shape& shape) {
  for (int i = 0; i < shape.rank; ++i) {
    if (shape.dim[i] < 1) return false;
  }
  return shape.rank >= 1 && shape.Count() <= kMaxElements;
}

}  // namespace

Status CheckGraph(const Graph& graph) {
  const WidthPlan& plan = graph.plan;
  if (plan.rows < 1 || plan.spaces < 1) return Invalid("the width plan is empty");
  for (int32_t row = 0; row < plan.rows; ++row) {
    for (int32_t space = 0; space < plan.spaces; ++space) {
      const uint16_t active = plan.active[row * plan.spaces + space];
      if (active < 1 || active > plan.full[space]) {
        return Invalid("a width uses no channels, or more than there are, of a channel space",
                       space);
      }
    }
  }
  if (!plan.Has(graph.channels)) return Invalid("the input's channel space does not exist");
  if (graph.height < 1 || graph.width < 1) return Invalid("the input has no pixels");
  if (graph.height > kMaxSide || graph.width > kMaxSide) {
    return Invalid("the input is larger than 2^20 pixels on a side");
  }
  if (graph.num_nodes < 1) return Invalid("the graph has no nodes");
  for (int32_t k = 0; k < graph.num_nodes; ++k) {
    const Node& node = graph.nodes[k];
    if (node.num_inputs < 1 || node.num_inputs > kMaxInputs) {
      return Invalid("a node has no inputs or too many", k);
    }
    for (int j = 0; j < node.num_inputs; ++j) {
      if (node.inputs[j] > k) return Invalid("a node reads a value that is made after it", k);
    }
  }
  return OkStatus();
}

Status InferNode(const Graph& graph, int32_t index, Width width, Shape* values, Inference* i) {
  const Node& node = graph.nodes[index];
  i->plan = graph.plan;
  i->width = width;
  i->num_inputs = i->used_inputs = node.num_inputs;
  for (int j = 0; j < node.num_inputs; ++j) i->inputs[j] = values[node.inputs[j]];
  i->output = Shape();
  i->num_params = 0;
  i->packed_bytes = i->table_bytes = i->forward_scratch_bytes = i->backward_scratch_bytes = 0;
  i->saved_bytes = i->macs = 0;
  i->table_key = 0;
  Status status = TypeOf(node.kind).infer(node.layer, *i);
  if (status.ok() && !Sane(i->output)) status = Invalid("the output has no elements, or too many");
  for (int p = 0; p < i->num_params && status.ok(); ++p) {
    if (!Sane(i->params[p].full)) status = Invalid("a parameter has no elements, or too many");
  }
  const int64_t most = kMaxElements * 8;
  if (status.ok() &&
      (i->packed_bytes > most || i->table_bytes > most || i->forward_scratch_bytes > most ||
       i->backward_scratch_bytes > most || i->saved_bytes > most)) {
    status = Invalid("the layer needs too much memory");
  }
  status.where = index;
  values[index + 1] = i->output;
  return status;
}

}  // namespace slim
