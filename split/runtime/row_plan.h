// RowPlan: what an engine does at one width, step by step: which nodes run, what folds into them,
// where values live.
//
// A batch norm with running statistics, and an addition, fold into the convolution whose sums they
// take: y = act(scale * conv + shift + residual) is one pass. So does a swish into the instance
// norm before it. A width that does not need a node
// (members of an ensemble that are switched off) has no step for it.
#ifndef SLIMSPLIT_SPLIT_RUNTIME_ROW_PLAN_H_
#define SLIMSPLIT_SPLIT_RUNTIME_ROW_PLAN_H_

#include "core/workspace.h"
#include "layers/graph.h"
#include "split/runtime/placement.h"

namespace slim {

inline constexpr int32_t kNone = -1;

// One layer that runs, at the place of its node.
struct PlannedStep {
  int32_t node = kNone;
  int32_t norm = kNone;      // the batch norm that folds into it
  int32_t add = kNone;       // the addition that folds into it
  int32_t residual = kNone;  // the value that is added
  bool swish = false;        // the swish that follows an instance norm folds into it
  int32_t output = 0;        // the value that the step makes: of the last node folded in
  int64_t scratch_offset = 0;
  int64_t packed_bytes = 0, table_bytes = 0;
  uint64_t table_key = 0;
};

// Planning a graph of n nodes at one width. Everything lives in memory lent by the caller.
class RowPlan {
 public:
  // Bytes of memory that a plan of this graph takes.
  static int64_t Bytes(const Graph& graph);

  // `memory` is Bytes(graph) long and kAlignment aligned.
  RowPlan(const Graph& graph, void* memory);

  // Plans `row` for `images` >= 1 images at once. An error's `where` is the node.
  Status Plan(Width row, int64_t images);

  // What InferNode found out about a node of the row that was planned last.
  void Infer(int32_t node, Inference* i) const;

  int32_t num_steps() const { return num_steps_; }
  const PlannedStep& step(int32_t i) const { return steps_[i]; }
  // Activations and scratch memory of all steps.
  int64_t activation_bytes() const { return activation_bytes_; }
  // Of value v (0 = input, k + 1 = node k); the input has no offset.
  const Shape& shape(int32_t v) const { return shapes_[v]; }
  int64_t offset(int32_t v) const { return offsets_[v]; }

 private:
  RowPlan(const Graph& graph, Workspace&& workspace) : RowPlan(graph, workspace) {}
  RowPlan(const Graph& graph, Workspace& workspace);
  Status InferAll(Width row, int64_t images);
  void FindReaders();
  void Fold();
  void FoldInto(PlannedStep* step);
  void Place();
  // The one node that reads value `v`, if it is of that kind; otherwise nullptr.
  const Node* OnlyReader(int32_t v, LayerKind kind) const;

  const Graph& graph_;
  PlannedStep* steps_;  // [nodes], the first num_steps_ in use
  int32_t num_steps_ = 0;
  Shape* shapes_;           // [nodes + 1]
  int64_t* offsets_;        // [nodes + 1]
  int32_t* reads_;          // [nodes + 1] how many nodes read a value; 0 = not needed
  int32_t* last_reader_;    // [nodes + 1] the last node that does; nodes = the caller
  int32_t* made_at_;        // [nodes + 1] the step that makes a value
  int32_t* used_inputs_;    // [nodes]
  int64_t* scratch_bytes_;  // [nodes], then [num_steps_]
  PlacedBuffer* buffers_;   // [2 nodes]
  int32_t* order_;          // [2 nodes]
  int64_t activation_bytes_ = 0;
  Width row_ = 0;
};

}  // namespace slim

#endif  // SLIMSPLIT_SPLIT_RUNTIME_ROW_PLAN_H_
