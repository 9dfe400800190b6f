// TrainingRun: data, network and trainer put together; what `slimsplit train` and the demo run.
#ifndef SLIMSPLIT_TOOLS_TRAINING_RUN_H_
#define SLIMSPLIT_TOOLS_TRAINING_RUN_H_

#include <memory>
#include <string>
#include <vector>

#include "autograd/checkpoint.h"
#include "autograd/trainer.h"
#include "data/loader.h"
#include "data/open.h"
#include "layers/nets/nets_host.h"
#include "layers/nets/split_net_host.h"
#include "tools/evaluate.h"
#include "tools/exit_base.h"
#include "tools/global_options.h"
#include "tools/json_lines.h"
#include "tools/teacher_file.h"

namespace CLI {
class App;
}

namespace slim {

// Everything a recipe says.
struct TrainOptions {
  std::string data = "synthetic";
  std::string augment;                     // data/augment.h, e.g. "pad-crop:4,flip"
  std::string normalization = "measured";  // or a preset of data/normalize.h
  int64_t hold_out = 0;  // training images kept back and evaluated instead of the test set

  std::string net = "resnet8";
  std::vector<double> widths = {1.0};
  std::string affine = "per-width";  // or "shared"
  int divisor = 1;

  int64_t epochs = 10;
  int64_t batch = 128;
  TrainerOptions trainer;
  TeacherOptions teacher;           // with the method "distillation"
  SplitNetOptions split;            // split.at: a split network that ends in the teacher's tail
  ExitOptions exit;                 // exit.of: a local exit for the head of that model
  std::string init;                 // model file to take the numbers of equal nodes from
  std::vector<std::string> freeze;  // beginnings of the names of nodes that do not learn
  int64_t calibrate_batches = -1;   // per width after training; -1: 16 with sandwich, else 0
  int64_t evaluate_every = 1;       // epochs; the last epoch always is

  std::string out;  // folder for model.safetensors, checkpoint.safetensors, train.jsonl
  double checkpoint_seconds = 60;  // between checkpoints; one is also written after each epoch
  bool resume = false;
  bool can_resume = true;  // the command has an option for it
  int loader_threads = 1;
};

// Adds the options to a sub-command; the names are also those of a recipe.
void AddTrainOptions(CLI::App& command, TrainOptions* options);

class TrainingRun {
 public:
  TrainingRun(const TrainOptions& options, const GlobalOptions& global);
  ~TrainingRun();

  // Trains to the end, writes the files, and returns the accuracy of each width. Throws Failure
  // when the loss is not finite or a signal asked to stop; the last checkpoint stays.
  std::vector<WidthAccuracy> Run();

  const OwnedGraph& graph() const { return graph_; }
  Trainer& trainer() { return *trainer_; }

 private:
  // The images to learn from: the training set without what is held out.
  const Dataset& LearnedImages() const { return train_part_ ? *train_part_ : *train_; }
  // Not every width runs in every step.
  bool DrawsWidths() const;
  void TrainEpoch(int64_t epoch, int64_t first_batch);
  std::vector<WidthAccuracy> EvaluateAll(int64_t epoch);
  void Calibrate();
  Recipe RecipeOf() const;
  void Resume();
  void SaveCheckpointNow();
  void SaveModelNow();
  // Throws Failure if a signal asked to stop.
  void EndIfAsked() const;
  void PrintCost() const;
  std::string Path(const char* file) const { return options_.out + "/" + file; }

  const TrainOptions options_;
  const GlobalOptions global_;
  std::unique_ptr<Dataset> train_, test_;
  std::unique_ptr<Dataset> train_part_, held_out_;
  Normalization normalization_;
  std::unique_ptr<Loader> train_loader_, test_loader_;
  std::unique_ptr<ExitBase> exit_base_;  // with --exit-of
  OwnedGraph graph_;
  Recipe teacher_recipe_;  // empty without a teacher
  std::unique_ptr<Trainer> trainer_;
  std::vector<bool> calibrated_;  // per width: its normalisation statistics are fit for use
  std::unique_ptr<JsonLines> log_;
  double started_ = 0, checkpointed_ = 0;
};

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_TRAINING_RUN_H_
