// The model of `train --exit-of`: its head stays as it is, and an exit learns to answer from its
// latents.
#ifndef SLIMSPLIT_TOOLS_EXIT_BASE_H_
#define SLIMSPLIT_TOOLS_EXIT_BASE_H_

#include <string>

#include "autograd/checkpoint.h"
#include "autograd/model_file.h"
#include "data/dataset.h"
#include "data/normalize.h"

namespace slim {

// What the command line says about exits.
struct ExitOptions {
  std::string of;                  // the model file
  std::string cut = "bottleneck";  // as the option of `export`
};

class ExitBase {
 public:
  // Throws what LoadModel throws, and UsageError when the model takes other images than `data` has,
  // or tells other classes apart.
  ExitBase(const ExitOptions& options, const Dataset& data);

  // Throws what MakeExitNet throws.
  OwnedGraph MakeNet() const;
  // Puts the numbers of the model's head into those of the network; also those that move although
  // they are not learned, which are statistics of batch norms.
  void TakeHead(const OwnedGraph& net, Parameters<float>* parameters) const;
  // Lets nothing learn but the exit.
  static void FreezeHead(Parameters<float>* parameters);

  Normalization normalization() const { return {model_.info.mean, model_.info.std}; }
  // What decides the exit's weights: everything but the file's name, as it may move.
  Recipe recipe() const;

 private:
  const ExitOptions options_;
  LoadedModel model_;
  int classes_;
};

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_EXIT_BASE_H_
