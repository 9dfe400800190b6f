// LayerRunner: runs one layer alone at one width, in plain memory, for timing.
#ifndef SLIMSPLIT_TOOLS_BENCH_LAYER_RUNNER_H_
#define SLIMSPLIT_TOOLS_BENCH_LAYER_RUNNER_H_

#include <vector>

#include "layers/layer_type.h"
#include "split/runtime/model_file_host.h"
#include "tests/support/layer_case.h"

namespace slim {

// Weights are packed once, as in an engine; Backward packs those that it reads, as a tape does.
class LayerRunner {
 public:
  // Random numbers for inputs, parameters and the gradient of the output. Throws UsageError when
  // the layer does not take these shapes; `images` > 0 replaces the first axis of every input.
  LayerRunner(const LayerCase& c, Width width, int64_t images);

  const Inference& inference() const { return inference_; }
  bool trains_apart() const { return verbs_->forward_train != nullptr; }
  // Of inputs, parameters and output: what any verb must move at least.
  int64_t bytes() const;

  void Forward();
  // What Forward does in training; Backward may follow it.
  void ForwardTrain();
  // The gradients of the inputs, of the parameters, or both.
  void Backward(bool of_inputs, bool of_params);

 private:
  struct Tensor {
    AlignedMemory memory;
    TensorView<float> view;
  };
  static Tensor MakeTensor(const Shape& shape, float low, uint64_t seed);

  LayerCase case_;
  std::vector<uint16_t> active_;  // [rows][spaces]
  Inference inference_;
  const LayerVerbs<float>* verbs_;
  std::vector<Tensor> inputs_, grad_inputs_, params_, grad_params_;
  Tensor output_, grad_output_;
  AlignedMemory packed_, table_, forward_scratch_, backward_scratch_, saved_;
  ForwardArgs<float> forward_;
  BackwardArgs<float> backward_;
};

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_BENCH_LAYER_RUNNER_H_
