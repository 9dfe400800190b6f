// Sandwich: the widest, the narrowest and a few random widths per step (Yu and Huang, US-Nets, ICCV
// 2019).
#ifndef SLIMSPLIT_AUTOGRAD_METHODS_SANDWICH_H_
#define SLIMSPLIT_AUTOGRAD_METHODS_SANDWICH_H_

#include "autograd/methods/method.h"

namespace slim {

// The widest width learns from the labels; its softmax, detached, is the only target of the others
// in the same step (in-place distillation): no temperature, no mixing, equal weights.
class Sandwich : public Method {
 public:
  // `widths` per step, at least 2. Without `distil` all widths learn from the labels.
  Sandwich(int widths, bool distil, double smoothing)
      : widths_(widths), distil_(distil), smoothing_(smoothing) {}
  void Step(Tape<float>& tape, const OwnedGraph& graph, Parameters<float>& parameters,
            const TrainingBatch& batch, Random random, std::vector<WidthLoss>* losses) override;

 private:
  int widths_;
  bool distil_;
  double smoothing_;
  std::vector<float> target_;  // softmax of the widest width
  std::vector<Width> drawn_;
};

}  // namespace slim

#endif  // SLIMSPLIT_AUTOGRAD_METHODS_SANDWICH_H_
