// Tape: records what is computed and goes back over it, adding up gradients.
//
//   Tape<float> tape;
//   Var x = tape.Constant(images);
//   Var logits = tape.Run(graph, parameters, width, x, {.mode = RunMode::kTrain});
//   double loss = CrossEntropy(tape.Value(logits), labels, {}, tape.Gradient(logits));
//   tape.Backward();     // gradients of the parameters are added to, at the width that ran
//   tape.Clear();
//
// Losses seed gradients; there is no loss node. Any number of values can be seeded (features at
// several depths), and several networks or widths can run on one tape.
#ifndef SLIMSPLIT_AUTOGRAD_TAPE_H_
#define SLIMSPLIT_AUTOGRAD_TAPE_H_

#include <type_traits>
#include <vector>

#include "autograd/buffer_pool.h"
#include "autograd/parameters.h"
#include "autograd/precision.h"
#include "autograd/tape_values.h"
#include "core/tensor_view.h"
#include "layers/graph.h"

namespace slim {

// A value on the tape: an index, valid until Clear.
struct Var {
  int32_t id = -1;
};

enum class RunMode {
  kEval,   // running statistics
  kTrain,  // batch statistics, which the running ones follow; a frozen norm uses its running ones
  kCalibrate,  // as kTrain, for frozen norms too
};

struct RunOptions {
  RunMode mode = RunMode::kEval;
  bool record =
      true;  // keep what Backward needs; without, memory is given back as soon as it can be
  double momentum =
      0.1;  // of running statistics: running = (1 - momentum) * running + momentum * batch
};

template <class T>
class Tape {
 public:
  // The precision has no effect on a tape of double.
  explicit Tape(Precision precision = Precision::kFloat32)
      : precision_(precision), values_(&pool_) {}
  ~Tape() { Clear(); }
  Tape(const Tape&) = delete;
  Tape& operator=(const Tape&) = delete;

  // A value that lives outside the tape, and outlives it or the next Clear. With a gradient view,
  // of the same shape, Backward adds to it.
  Var Constant(const TensorView<const T>& value);
  Var Leaf(const TensorView<const T>& value, const TensorView<T>& gradient);

  // Runs the graph at one width on `input` [N][H][W][C] and returns its output. `values`, if given,
  // gets the Var of every value of the graph (index 0 = input, k + 1 = node k; id -1 where the
  // width does not need the node, or where nothing is recorded and the memory went back). When they
  // are asked for and recorded, all of them stay until Backward has passed them; otherwise what
  // Backward will not read goes back at once. Throws UsageError when the input does not fit the
  // graph.
  Var Run(const Graph& graph, Parameters<T>& parameters, Width width, Var input,
          const RunOptions& options, std::vector<Var>* values = nullptr);

  // Valid until Backward has passed the value, or Clear.
  TensorView<const T> Value(Var v) { return values_.Value(v.id); }
  // The gradient to seed: add to it. Zero when first asked for.
  TensorView<T> Gradient(Var v) { return values_.Seed(v.id); }

  // Propagates the seeded gradients to leaves and parameters, and gives back memory as it goes.
  void Backward();
  // Forgets everything; the memory stays for the next step.
  void Clear();

  Precision precision() const { return precision_; }
  // Of what runs from here on.
  void SetPrecision(Precision precision) { precision_ = precision; }
  const BufferPool& pool() const { return pool_; }

 private:
  struct Record {
    LayerKind kind;
    alignas(8) unsigned char layer[kMaxLayerBytes];
    Inference inference;
    Parameters<T>* parameters;
    int32_t node;
    int32_t output;
    int32_t inputs[kMaxInputs];
    void* saved;
    bool batch_statistics;
    bool as_bf16;                     // how it ran
    bool reads_inputs, reads_output;  // backward
  };

  // What stands in for T in mixed precision.
  using Low = std::conditional_t<std::is_same_v<T, float>, Bf16, T>;

  // Whether layers of that kind run as Bf16.
  bool RunsAsBf16(LayerKind kind) const {
    return precision_ == Precision::kBf16 && std::is_same_v<T, float> &&
           TrainingVerbsOf<Low>(kind).forward != nullptr;
  }
  // Runs node `index`, storing numbers as S, and records it if asked to; returns whether it did.
  template <class S>
  bool RunNode(const Graph& graph, Parameters<T>& parameters, const Inference& inference,
               int32_t index, const int32_t* values, const RunOptions& options, int32_t* output);
  // Notes which values of the current Run Backward will read for a recorded node.
  void NoteNeeds(const Node& node, Record* record);
  template <class S>
  void BackwardOne(Record& record);

  Precision precision_;
  BufferPool pool_;
  TapeValues<T> values_;
  std::vector<Record> records_;
  // Of the current Run; kept to reuse their memory.
  std::vector<Inference> inferences_;
  std::vector<Shape> shapes_;
  std::vector<int32_t> ids_, last_use_;
  std::vector<bool> read_backward_;
};

}  // namespace slim

#endif  // SLIMSPLIT_AUTOGRAD_TAPE_H_
