#include "layers/nets/teacher_part_host.h"

#include "core/error_host.h"
#include "layers/add.h"
#include "layers/batch_norm.h"
#include "layers/graph_infer_host.h"

namespace slim {

TeacherPart::TeacherPart(const OwnedGraph& teacher)
    : teacher_(teacher),
      graph_(teacher.view()),
      shapes_(InferGraph(graph_, graph_.plan.rows - 1).values) {}

GraphBuilder TeacherPart::Builder(const WidthRows& rows) const {
  GraphBuilder builder(graph_.height, graph_.width, rows);
  const Width widest = graph_.plan.rows - 1;
  for (uint16_t space = 0; space < graph_.plan.spaces; ++space) {
    builder.Fixed(static_cast<int>(graph_.plan.Active(widest, {space})));
  }
  return builder;
}

Activation TeacherPart::ActivationOf(int32_t node) const {
  const Node& n = graph_.nodes[node];
  if (n.kind == LayerKind::kAdd) return reinterpret_cast<const Add*>(n.layer)->activation;
  if (n.kind == LayerKind::kBatchNorm) {
    return reinterpret_cast<const BatchNorm*>(n.layer)->activation;
  }
  return Activation::kNone;
}

Value TeacherPart::AddNodes(GraphBuilder* builder, int32_t first, int32_t last, Value input,
                            const std::string& whose) const {
  std::vector<Value> values(static_cast<size_t>(last) + 2);
  values[first] = input;
  for (int32_t k = first; k <= last; ++k) {
    Node node = graph_.nodes[k];
    std::vector<Value> inputs;
    for (int j = 0; j < node.num_inputs; ++j) {
      inputs.push_back(values[node.inputs[j]]);
      if (inputs.back().id >= 0) continue;
      throw UsageError(whose + ": node \"" + node.name +
                       "\" also reads what is made before it; choose a node that all later ones "
                       "pass through");
    }
    if (node.kind == LayerKind::kBatchNorm) {
      reinterpret_cast<BatchNorm*>(node.layer)->affine = BatchNormAffine::kFrozen;
    }
    values[k + 1] = builder->AddNode(node.name, node.kind, node.layer, sizeof(node.layer), inputs);
  }
  return values[last + 1];
}

}  // namespace slim
