#include "autograd/methods/distillation.h"

#include "autograd/losses.h"
#include "core/error_host.h"

namespace slim {

Distillation::Distillation(Teacher teacher, const DistillationOptions& options,
                           const OwnedGraph& student)
    : teacher_(std::move(teacher)), options_(options) {
  const auto in = [](double value, double low, double high) {
    return value >= low && value <= high;
  };
  if (!in(options.alpha, 0, 1)) throw UsageError("distillation: alpha must lie in [0, 1]");
  if (!(options.tau > 0)) throw UsageError("distillation: tau must be above 0");
  if (!(options.logits_weight >= 0) || !(options.feature_weight >= 0)) {
    throw UsageError("distillation: weights must be at least 0");
  }
  const Graph& t = teacher_.graph.view();
  const Graph& s = student.view();
  if (t.InputShape(t.plan.rows - 1, 1) != s.InputShape(s.plan.rows - 1, 1)) {
    throw UsageError("distillation: the teacher takes other images than the student");
  }
  teacher_.parameters->Freeze("", true);
  for (const FeatureTap& tap : options.taps) {
    teacher_values_.push_back(teacher_.graph.FindNode(tap.teacher) + 1);
    student_values_.push_back(student.FindNode(tap.student) + 1);
  }
}

void Distillation::Step(Tape<float>& tape, const OwnedGraph& graph, Parameters<float>& parameters,
                        const TrainingBatch& batch, Random /*random*/,
                        std::vector<WidthLoss>* losses) {
  // Nothing of the teacher learns, so nothing is recorded, but its values stay until the tape is
  // cleared.
  const Graph& teacher = teacher_.graph.view();
  const Var teacher_logits =
      teacher_tape_.Run(teacher, *teacher_.parameters, teacher.plan.rows - 1,
                        teacher_tape_.Constant(batch.images), RunOptions(), &teacher_vars_);
  RunOptions train;
  train.mode = RunMode::kTrain;
  losses->clear();
  for (Width width = graph.view().plan.rows - 1; width >= 0; --width) {
    const Var logits = tape.Run(graph.view(), parameters, width, tape.Constant(batch.images), train,
                                &student_vars_);
    WidthLoss result;
    result.width = width;
    result.correct = CountCorrect(tape.Value(logits), batch.labels);
    if (options_.logits_weight > 0) {
      const TensorView<const float> target = teacher_tape_.Value(teacher_logits);
      if (target.shape != tape.Value(logits).shape) {
        throw UsageError(
            "distillation: the teacher has another number of classes than the student");
      }
      result.loss +=
          options_.logits_weight *
          HintonDistillation(tape.Value(logits), target, batch.labels, options_.alpha, options_.tau,
                             options_.logits_weight, tape.Gradient(logits));
    }
    for (size_t i = 0; i < options_.taps.size(); ++i) {
      const TensorView<const float> target = teacher_tape_.Value(teacher_vars_[teacher_values_[i]]);
      const Var value = student_vars_[student_values_[i]];
      if (target.shape != tape.Value(value).shape) {
        throw UsageError("distillation: tap " + options_.taps[i].student +
                         " differs in shape from the teacher's " + options_.taps[i].teacher +
                         " at width " + graph.width_names()[width]);
      }
      result.loss +=
          options_.feature_weight *
          SumOfSquares(tape.Value(value), target, options_.feature_weight, tape.Gradient(value));
    }
    losses->push_back(result);
    tape.Backward();
    tape.Clear();
  }
  teacher_tape_.Clear();
}

}  // namespace slim
