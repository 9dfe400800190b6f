// LayerHarness: runs one layer alone at one width, without tape or graph, in memory exactly as
// large as Infer says.
//
//   LayerCase c = MakeCase("narrow", Conv2d{{0}, {1}}, {{2, 3}, {4, 6}}, {{1, 5, 5, {0}}});
//   LayerHarness<float> h(c, /*width=*/0);
//   Set(h.Input(0), {...});                    // or leave the random numbers that are there
//   Set(h.Param("weight"), {...});
//   h.Forward(HarnessMode::kEval);
//   EXPECT_EQ(Get(h.Output()), (std::vector<float>{...}));
//   Set(h.GradOutput(), {...});
//   h.Backward();                              // h.GradInput(0), h.GradParam("weight")
//
// Every run also checks, as a GoogleTest failure: nothing is written outside the lent memory, over
// inputs, or over parameters (running statistics in training excepted). Reading past the end of
// anything is a crash. Lent memory starts as NaN, and so do parameters outside the active prefix:
// what is read without having been written is seen in the result.
#ifndef SLIMSPLIT_TESTS_SUPPORT_LAYER_HARNESS_H_
#define SLIMSPLIT_TESTS_SUPPORT_LAYER_HARNESS_H_

#include <stdexcept>
#include <string>
#include <vector>

#include "core/random.h"
#include "tests/support/guarded_buffer.h"
#include "tests/support/layer_case.h"

namespace slim {

// Dense copies of what a view shows, and back.
template <class T>
std::vector<T> Get(const TensorView<T>& view) {
  std::vector<T> values(view.Count());
  ForEach(view, [&](int64_t k, T* element) { values[k] = *element; });
  return values;
}
template <class T>
void Set(const TensorView<T>& view, const std::vector<T>& values) {
  if (static_cast<int64_t>(values.size()) != view.Count()) {
    throw std::runtime_error("the tensor has " + std::to_string(view.Count()) + " elements, not " +
                             std::to_string(values.size()));
  }
  ForEach(view, [&](int64_t k, T* element) { *element = values[k]; });
}

enum class HarnessMode { kEval, kTrain };

template <class T>
class LayerHarness {
 public:
  // Draws inputs, parameters and the gradient of the output; the same numbers for the same seed,
  // whatever T. Throws std::runtime_error when Infer refuses.
  LayerHarness(const LayerCase& c, Width width, uint64_t seed = 1, int64_t images = 0);

  const LayerCase& layer_case() const { return case_; }
  const Inference& inference() const { return inference_; }
  int num_inputs() const { return inference_.used_inputs; }
  int num_params() const { return inference_.num_params; }
  int FindParam(const std::string& name) const;  // throws std::runtime_error
  bool trains_apart() const { return verbs_->forward_train != nullptr; }

  TensorView<T> Input(int i) const { return inputs_[i].view; }
  TensorView<T> Output() const { return output_.view; }
  TensorView<T> GradOutput() const { return grad_output_.view; }
  TensorView<T> GradInput(int i) const { return grad_inputs_[i].view; }
  // The active prefix, with the pitches of the full tensor; and all of it.
  TensorView<Real<T>> Param(int p) const {
    return FullParam(p).Prefix(inference_.params[p].active);
  }
  TensorView<Real<T>> Param(const std::string& name) const { return Param(FindParam(name)); }
  TensorView<Real<T>> FullParam(int p) const { return params_[p].view; }
  TensorView<Real<T>> GradParam(int p) const {
    return FullGradParam(p).Prefix(inference_.params[p].active);
  }
  TensorView<Real<T>> GradParam(const std::string& name) const {
    return GradParam(FindParam(name));
  }
  TensorView<Real<T>> FullGradParam(int p) const { return grad_params_[p].view; }

  // Pack and Forward, or ForwardTrain where the layer has one and the mode asks for it.
  void Forward(HarnessMode mode);
  // After Forward, in its mode. Adds to the gradients of parameters (0 at first); replaces those of
  // inputs, or adds to them where `accumulate` says so.
  void Backward();

  double momentum = 0.1;
  bool pack_full = false;     // pack all of the weights, as an engine does once for all widths
  int lent_memory_is = 0xff;  // each byte of lent memory before it is used
  bool accumulate[kMaxInputs] = {};
  bool freeze_input[kMaxInputs] = {};  // no gradient is wanted
  bool freeze_param[kMaxParams] = {};

 private:
  template <class S>
  struct Tensor {
    GuardedBuffer memory;
    TensorView<S> view;
  };
  template <class S>
  static Tensor<S> MakeTensor(const Shape& shape);
  void DrawInput(int i, Random* random);
  void DrawParam(int p, Random* random);
  std::vector<std::string> Constants() const;  // the bytes of what Backward may only read
  void ExpectIntact(const char* verb) const;

  LayerCase case_;
  std::vector<uint16_t> active_;  // the rows of the case
  Inference inference_;
  const LayerVerbs<T>* verbs_;
  HarnessMode mode_ = HarnessMode::kEval;
  std::vector<Tensor<T>> inputs_, grad_inputs_;
  std::vector<Tensor<Real<T>>> params_, grad_params_;
  Tensor<T> output_, grad_output_;
  GuardedBuffer packed_, table_, forward_scratch_, backward_scratch_, saved_;
};

}  // namespace slim

#endif  // SLIMSPLIT_TESTS_SUPPORT_LAYER_HARNESS_H_
