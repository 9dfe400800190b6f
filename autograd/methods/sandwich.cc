#include "autograd/methods/sandwich.h"

#include "autograd/methods/width_pass.h"

namespace slim {

void Sandwich::Step(Tape<float>& tape, const OwnedGraph& graph, Parameters<float>& parameters,
                    const TrainingBatch& batch, Random random, std::vector<WidthLoss>* losses) {
  const Width widest = graph.view().plan.rows - 1;
  Shape target_shape;
  losses->clear();
  losses->push_back(
      RunWidth(tape, graph, parameters, widest, batch,
               [&](const TensorView<const float>& logits, const TensorView<float>& gradient) {
                 target_shape = logits.shape;
                 target_.resize(logits.Count());
                 if (distil_) SoftmaxOf(logits, TensorView<float>(target_.data(), target_shape));
                 return CrossEntropy(logits, batch.labels, smoothing_, 1.0, gradient);
               }));
  // The random widths lie between the two that always run; each is drawn anew, as in the paper.
  drawn_.clear();
  for (int i = 2; i < widths_; ++i) drawn_.push_back(static_cast<Width>(random.Below(widest + 1)));
  if (widest > 0) drawn_.push_back(0);
  for (const Width width : drawn_) {
    losses->push_back(RunWidth(
        tape, graph, parameters, width, batch,
        [&](const TensorView<const float>& logits, const TensorView<float>& gradient) {
          if (!distil_) return CrossEntropy(logits, batch.labels, smoothing_, 1.0, gradient);
          return SoftCrossEntropy(logits, TensorView<const float>(target_.data(), target_shape),
                                  1.0, gradient);
        }));
  }
}

}  // namespace slim
