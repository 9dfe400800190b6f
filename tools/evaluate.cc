#include "tools/evaluate.h"

#include <algorithm>
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

ImageCount ClassifyEach(Loader& loader,
                        const std::function<TensorView<const float>(const float* image)>& scores_of,
                        const std::function<void(int64_t)>& on_images) {
  ImageCount count;
  loader.StartEpoch(0);
  while (const Batch* batch = loader.Next()) {
    const int64_t image_size = batch->shape.Count() / batch->shape.n();
    for (int64_t n = 0; n < batch->shape.n(); ++n) {
      const TensorView<const float> scores = scores_of(batch->images.data() + n * image_size);
      const float* best = std::max_element(scores.data, scores.data + scores.Count());
      count.correct += best - scores.data == batch->labels[n];
      ++count.images;
    }
    on_images(count.images);
  }
  return count;
}

}  // namespace slim
