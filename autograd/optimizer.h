// Optimizers: the update of parameters from their gradients, with state that can be stored and
// resumed.
#ifndef SLIMSPLIT_AUTOGRAD_OPTIMIZER_H_
#define SLIMSPLIT_AUTOGRAD_OPTIMIZER_H_

#include <memory>
#include <string>
#include <vector>

#include "autograd/parameters.h"

namespace slim {

// All rules decay every learned parameter, or with decay_vectors = false only weights (not biases,
// scales and shifts).
struct OptimizerOptions {
  std::string rule = "sgd";                           // sgd, adam, adamw
  double momentum = 0.9;                              // sgd
  bool nesterov = false;                              // sgd
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;  // adam, adamw
  double weight_decay = 0;
  bool decay_vectors = true;
};

class Optimizer {
 public:
  virtual ~Optimizer() = default;

  // Updates every parameter that learns. `learning_rate` >= 0.
  virtual void Step(Parameters<float>& parameters, double learning_rate) = 0;

  // The state: `slots` arrays per parameter, each as long as the parameter (empty where nothing is
  // learned), and the number of steps taken.
  std::vector<std::vector<std::vector<float>>>& state() { return state_; }  // [slot][parameter]
  const std::vector<std::vector<std::vector<float>>>& state() const { return state_; }
  int64_t steps() const { return steps_; }
  void set_steps(int64_t steps) { steps_ = steps; }

 protected:
  Optimizer(const Parameters<float>& parameters, int slots);

  int64_t steps_ = 0;
  std::vector<std::vector<std::vector<float>>> state_;
};

// Throws UsageError for an unknown rule or values out of range.
std::unique_ptr<Optimizer> MakeOptimizer(const OptimizerOptions& options,
                                         const Parameters<float>& parameters);

// Throws Failure naming the first tensor whose gradient is not finite; otherwise the norm of all
// gradients together.
double GradientNorm(const Parameters<float>& parameters);

// Scales all gradients so that their norm is at most `max_norm`; returns the norm before.
double ClipGradients(Parameters<float>& parameters, double max_norm);

}  // namespace slim

#endif  // SLIMSPLIT_AUTOGRAD_OPTIMIZER_H_
