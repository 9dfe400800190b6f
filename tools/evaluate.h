// Accuracy of a network at one width over a data set.
#ifndef SLIMSPLIT_TOOLS_EVALUATE_H_
#define SLIMSPLIT_TOOLS_EVALUATE_H_

#include <functional>

#include "autograd/tape.h"
#include "data/loader.h"

namespace slim {

// How many images were judged, and how many of them rightly.
struct ImageCount {
  int64_t images = 0, correct = 0;
  double accuracy() const {
    return images == 0 ? 0 : static_cast<double>(correct) / static_cast<double>(images);
  }
};

struct Evaluation : ImageCount {
  double loss = 0;  // mean cross-entropy
};

struct WidthAccuracy {
  Width width;
  bool calibrated;  // else its accuracy says little, and is marked so
  Evaluation evaluation;
};

// Runs every image of the loader's epoch 0 through the graph with running statistics. After each
// batch `on_images`, if given, hears how many are done.
Evaluation Evaluate(Tape<float>& tape, const OwnedGraph& graph, Parameters<float>& parameters,
                    Width width, Loader& loader,
                    const std::function<void(int64_t)>& on_images = nullptr);

// Asks `scores_of` about each image of the loader's epoch 0 alone, as a device would:
// [height][width] [channels] normalised floats to a score per class, of which the highest is the
// answer. After each batch `on_images` hears how many are done.
ImageCount ClassifyEach(Loader& loader,
                        const std::function<TensorView<const float>(const float* image)>& scores_of,
                        const std::function<void(int64_t)>& on_images);

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_EVALUATE_H_
