// S-Nets: every listed width learns from the labels in every step (Yu et al., ICLR 2019).
#ifndef SLIMSPLIT_AUTOGRAD_METHODS_S_NETS_H_
#define SLIMSPLIT_AUTOGRAD_METHODS_S_NETS_H_

#include "autograd/methods/method.h"

namespace slim {

// From the widest width to the narrowest: forward, cross-entropy, backward; gradients add up
// without weights. With one width this is ordinary training.
class SNets : public Method {
 public:
  explicit SNets(double smoothing) : smoothing_(smoothing) {}
  void Step(Tape<float>& tape, const OwnedGraph& graph, Parameters<float>& parameters,
            const TrainingBatch& batch, Random random, std::vector<WidthLoss>* losses) override;

 private:
  double smoothing_;
};

}  // namespace slim

#endif  // SLIMSPLIT_AUTOGRAD_METHODS_S_NETS_H_
