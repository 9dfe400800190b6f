// Trainer: one network in training, batch by batch.
#ifndef SLIMSPLIT_AUTOGRAD_TRAINER_H_
#define SLIMSPLIT_AUTOGRAD_TRAINER_H_

#include <memory>
#include <vector>

#include "autograd/ema.h"
#include "autograd/methods/method.h"
#include "autograd/optimizer.h"
#include "autograd/schedule.h"

namespace slim {

struct TrainerOptions {
  MethodOptions method;
  OptimizerOptions optimizer;
  Schedule schedule;
  double clip_norm = 0;            // 0: do not clip gradients
  double ema_decay = 0;            // 0: no weight averaging
  std::string precision = "fp32";  // or bf16 (precision.h)
  uint64_t seed = 1;
};

struct StepReport {
  int64_t step = 0;  // the number of this step, from 0
  double learning_rate = 0;
  double gradient_norm = 0;  // before clipping
  std::vector<WidthLoss> losses;
};

class Trainer {
 public:
  // `graph` must outlive the trainer. Parameters start initialised from the seed. `method` is what
  // options.method names; null: MakeMethod makes it. Throws UsageError on options that make no
  // sense.
  Trainer(const OwnedGraph& graph, const TrainerOptions& options, int64_t steps_per_epoch,
          std::unique_ptr<Method> method = nullptr);

  // One step. Throws Failure within the step in which a loss or gradient is not finite, naming the
  // width or tensor; parameters are then those of the step before (statistics of normalisation
  // aside). Valid until the next call.
  const StepReport& Step(const TrainingBatch& batch);

  const OwnedGraph& graph() const { return graph_; }
  const TrainerOptions& options() const { return options_; }
  Parameters<float>& parameters() { return parameters_; }
  Optimizer& optimizer() { return *optimizer_; }
  Ema* ema() { return ema_.get(); }  // null without weight averaging
  int64_t steps() const { return steps_; }
  void set_steps(int64_t steps) { steps_ = steps; }
  int64_t steps_per_epoch() const { return steps_per_epoch_; }
  const BufferPool& pool() const { return tape_.pool(); }

 private:
  const OwnedGraph& graph_;
  const TrainerOptions options_;
  const int64_t steps_per_epoch_;
  int64_t steps_ = 0;
  Parameters<float> parameters_;
  std::unique_ptr<Method> method_;
  std::unique_ptr<Optimizer> optimizer_;
  std::unique_ptr<Ema> ema_;
  Tape<float> tape_;
  StepReport report_;
};

}  // namespace slim

#endif  // SLIMSPLIT_AUTOGRAD_TRAINER_H_
