// One forward and backward pass at one width: what slimmable training methods repeat.
#ifndef SLIMSPLIT_AUTOGRAD_METHODS_WIDTH_PASS_H_
#define SLIMSPLIT_AUTOGRAD_METHODS_WIDTH_PASS_H_

#include "autograd/losses.h"
#include "autograd/methods/method.h"

namespace slim {

// Runs the graph in training mode at `width`, lets seed(logits, gradient of the logits) return the
// loss, goes back, and clears the tape.
template <class Seed>
WidthLoss RunWidth(Tape<float>& tape, const OwnedGraph& graph, Parameters<float>& parameters,
                   Width width, const TrainingBatch& batch, const Seed& seed) {
  RunOptions options;
  options.mode = RunMode::kTrain;
  const Var logits =
      tape.Run(graph.view(), parameters, width, tape.Constant(batch.images), options);
  WidthLoss result;
  result.width = width;
  result.loss = seed(tape.Value(logits), tape.Gradient(logits));
  result.correct = CountCorrect(tape.Value(logits), batch.labels);
  tape.Backward();
  tape.Clear();
  return result;
}

}  // namespace slim

#endif  // SLIMSPLIT_AUTOGRAD_METHODS_WIDTH_PASS_H_
