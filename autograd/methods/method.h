// Method: what one training step computes; one file per method.
#ifndef SLIMSPLIT_AUTOGRAD_METHODS_METHOD_H_
#define SLIMSPLIT_AUTOGRAD_METHODS_METHOD_H_

#include <memory>
#include <string>
#include <vector>

#include "autograd/tape.h"
#include "core/random.h"

namespace slim {

// The images of a step [N][H][W][C] and their N labels.
struct TrainingBatch {
  TensorView<const float> images;
  const int32_t* labels = nullptr;
};

// The loss of one width in one step.
struct WidthLoss {
  Width width = 0;
  double loss = 0;
  int64_t correct = 0;  // images whose label was the first guess
  double bits = -1;     // of the latent per image, as its prior has it; -1: no entropy bottleneck
};

class Method {
 public:
  virtual ~Method() = default;

  // Runs the widths of this step and adds their gradients to the parameters. `random` is of this
  // step alone, so that a resumed training draws what the unbroken one did. Replaces `losses`; the
  // first entry is the widest width.
  virtual void Step(Tape<float>& tape, const OwnedGraph& graph, Parameters<float>& parameters,
                    const TrainingBatch& batch, Random random, std::vector<WidthLoss>* losses) = 0;
};

struct MethodOptions {
  std::string name = "s-nets";  // s-nets, sandwich, distillation
  double smoothing = 0;         // of labels, in cross-entropy
  int sandwich_widths = 4;      // sandwich: widest, narrowest, and this many less two at random
  bool inplace_distillation =
      true;  // sandwich: narrower widths learn from the widest alone; else from the labels
};

// Throws UsageError for an unknown name or values out of range, and for "distillation", which is
// made with its teacher (distillation.h).
std::unique_ptr<Method> MakeMethod(const MethodOptions& options, int num_widths);

}  // namespace slim

#endif  // SLIMSPLIT_AUTOGRAD_METHODS_METHOD_H_
