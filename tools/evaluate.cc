#include "tools/evaluate.h"

#include <vector>

#include "autograd/losses.h"

namespace slim {

Evaluation Evaluate(Tape<float>& tape, const OwnedGraph& graph, Parameters<float>& parameters,
                    Width width, Loader& loader, const std::function<void(int64_t)>& on_images) {
  Evaluation result;
  RunOptions options;
  options.record = false;
  std::vector<float> unused;
  loader.StartEpoch(0);
  while (const Batch* batch = loader.Next()) {
    const Var images = tape.Constant(TensorView<const float>(batch->images.data(), batch->shape));
    const TensorView<const float> logits =
        tape.Value(tape.Run(graph.view(), parameters, width, images, options));
    unused.resize(logits.Count());
    result.loss += batch->shape.n() * CrossEntropy(logits, batch->labels.data(), 0.0, 0.0,
                                                   TensorView<float>(unused.data(), logits.shape));
    result.correct += CountCorrect(logits, batch->labels.data());
    result.images += batch->shape.n();
    tape.Clear();
    if (on_images) on_images(result.images);
  }
  if (result.images > 0) result.loss /= static_cast<double>(result.images);
  return result;
}

}  // namespace slim
