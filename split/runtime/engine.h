// Engine: runs a network at any of its widths in memory lent by the caller.
//
//   int64_t plan_bytes = Engine::PlanBytes(graph);
//   EngineNeed need;
//   Status status = Engine::Plan(graph, /*images=*/1, plan_memory, &need);   // judges everything
//   Engine engine;
//   status = engine.Prepare(graph, weights, /*images=*/1, arena, need.total());
//   engine.SetWidth(2);                       // stores an integer
//   TensorView<const float> y = engine.Run(image);       // cannot fail
//
// One copy of packed weights serves all widths; what else a width needs (tables of shapes, folded
// batch norms, places of activations) is made once in Prepare. Run and SetWidth take no memory and
// open no file.
#ifndef SLIMSPLIT_SPLIT_RUNTIME_ENGINE_H_
#define SLIMSPLIT_SPLIT_RUNTIME_ENGINE_H_

#include "core/status.h"
#include "core/tensor_view.h"
#include "layers/graph.h"

namespace slim {

// Where the stored numbers of parameters are.
struct WeightSource {
  // The full tensor of a node's parameter at a row; never null for what Infer lists. It must stay
  // where it is as long as the engine runs.
  const float* (*find)(const void* context, int32_t node, int slot, Width row) = nullptr;
  const void* context = nullptr;
};

// The bytes of an engine, part by part.
struct EngineNeed {
  int64_t steps = 0;        // lists of what to do, for all widths
  int64_t packed = 0;       // weights in the order of the kernels, for all widths
  int64_t tables = 0;       // of shapes, for all widths; equal ones are kept once
  int64_t folded = 0;       // batch norms as scale and shift, for all widths
  int64_t activations = 0;  // values and scratch memory of the width that needs most
  int64_t planning = 0;     // while the engine is made, in the place of activations
  int64_t fixed() const { return steps + packed + tables + folded; }
  int64_t total() const { return fixed() + (activations > planning ? activations : planning); }
};

class Engine {
 public:
  // Bytes of memory that Plan needs while it works.
  static int64_t PlanBytes(const Graph& graph);

  // Judges the graph at every width and finds out what an engine for `images` images at once
  // needs. `memory` is PlanBytes(graph) long and kAlignment aligned. An error's `where` is the
  // node.
  static Status Plan(const Graph& graph, int64_t images, void* memory, EngineNeed* need);

  // Makes the engine in `arena` (kAlignment aligned), which it keeps; so it does with graph and
  // weights. kTooSmall says how many bytes are needed. Threads and kernels must stay as they are.
  Status Prepare(const Graph& graph, const WeightSource& weights, int64_t images, void* arena,
                 int64_t bytes);

  // A row of the width plan.
  void SetWidth(Width row) {
    SLIM_ASSERT(row >= 0 && row < num_rows_);
    row_ = row;
  }
  Width width() const { return row_; }
  int32_t num_rows() const { return num_rows_; }

  // Runs the network on `input` [images][H][W][C], as many channels as the width takes; the answer
  // is valid until the next Run.
  TensorView<const float> Run(const float* input);

 private:
  friend class EngineBuilder;
  struct Step {
    void (*forward)(const void* layer, const ForwardArgs<float>& args);
    const void* layer;
    ForwardArgs<float> args;
    Epilogue<float> epilogue;
    // Which of the inputs, and whether the residual, are the input of the network.
    uint32_t reads_input;
    bool adds_input;
  };
  struct Row {
    Step* steps;
    int32_t num_steps;
    TensorView<const float> output;
  };

  int workers_ = 1, tile_ = 0;  // that scratch memory and tables were made for
  Row* rows_ = nullptr;
  int32_t num_rows_ = 0;
  Width row_ = 0;
};

}  // namespace slim

#endif  // SLIMSPLIT_SPLIT_RUNTIME_ENGINE_H_
