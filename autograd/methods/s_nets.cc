#include "autograd/methods/s_nets.h"

#include "autograd/methods/width_pass.h"

namespace slim {

void SNets::Step(Tape<float>& tape, const OwnedGraph& graph, Parameters<float>& parameters,
                 const TrainingBatch& batch, Random /*random*/, std::vector<WidthLoss>* losses) {
  losses->clear();
  for (Width width = graph.view().plan.rows - 1; width >= 0; --width) {
    losses->push_back(
        RunWidth(tape, graph, parameters, width, batch,
                 [&](const TensorView<const float>& logits, const TensorView<float>& gradient) {
                   return CrossEntropy(logits, batch.labels, smoothing_, 1.0, gradient);
                 }));
  }
}

}  // namespace slim
