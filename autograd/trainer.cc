#include "autograd/trainer.h"

#include <math.h>

#include "core/error_host.h"

namespace slim {

Trainer::Trainer(const OwnedGraph& graph, const TrainerOptions& options, int64_t steps_per_epoch,
                 std::unique_ptr<Method> method)
    : graph_(graph),
      options_(options),
      steps_per_epoch_(steps_per_epoch),
      parameters_(graph),
      method_(method != nullptr ? std::move(method)
                                : MakeMethod(options.method, graph.view().plan.rows)),
      optimizer_(MakeOptimizer(options.optimizer, parameters_)),
      tape_(PrecisionNamed(options.precision)) {
  options_.schedule.Check();
  if (steps_per_epoch < 1) throw UsageError("the training set is smaller than one --batch");
  if (!(options.clip_norm >= 0)) throw UsageError("--clip-norm must be at least 0");
  parameters_.Initialise(options.seed);
  if (options.ema_decay != 0) ema_ = std::make_unique<Ema>(options.ema_decay, parameters_);
}

const StepReport& Trainer::Step(const TrainingBatch& batch) {
  report_.step = steps_;
  report_.learning_rate =
      options_.schedule.RateAt(static_cast<double>(steps_) / static_cast<double>(steps_per_epoch_));
  parameters_.ClearGradients();
  method_->Step(tape_, graph_, parameters_, batch, Random::Derive(options_.seed, 0x57e9, steps_),
                &report_.losses);
  for (const WidthLoss& loss : report_.losses) {
    if (isfinite(loss.loss)) continue;
    throw Failure("step " + std::to_string(steps_) + ": the loss at width " +
                  graph_.width_names()[loss.width] +
                  " is not finite: the training has diverged; lower the "
                  "learning rate, or clip gradients, and start again");
  }
  report_.gradient_norm = options_.clip_norm > 0 ? ClipGradients(parameters_, options_.clip_norm)
                                                 : GradientNorm(parameters_);
  optimizer_->Step(parameters_, report_.learning_rate);
  if (ema_ != nullptr) ema_->Update(parameters_);
  ++steps_;
  return report_;
}

}  // namespace slim
