#include "autograd/methods/distillation.h"

#include <math.h>

#include <algorithm>

#include "autograd/factorized_prior.h"
#include "autograd/losses.h"
#include "core/error_host.h"
#include "layers/entropy_bottleneck.h"
#include "layers/graph_infer_host.h"

namespace slim {

namespace {

// The shape of each value for one image: index 0 = input, k + 1 = node k; no elements where the
// width does not run the node.
std::vector<Shape> ShapesAt(const Graph& graph, Width width) {
  InferredGraph inferred = InferGraph(graph, width);
  std::vector<Shape>& shapes = inferred.values;
  std::vector<bool> runs(shapes.size());
  runs.back() = true;
  for (int32_t k = graph.num_nodes - 1; k >= 0; --k) {
    if (!runs[k + 1]) shapes[k + 1] = Shape(0, 0, 0, 0);
    for (int j = 0; runs[k + 1] && j < inferred.nodes[k].used_inputs; ++j) {
      runs[graph.nodes[k].inputs[j]] = true;
    }
  }
  return std::move(inferred.values);
}

std::string TextOf(const Shape& shape) {
  if (shape.Count() == 0) return "not run";
  return std::to_string(shape.h()) + "x" + std::to_string(shape.w()) + "x" +
         std::to_string(shape.c());
}

std::string TextOf(const FeatureTap& tap) { return "--tap " + tap.teacher + "=" + tap.student; }

// The value that the node makes. `whose` begins the message when there is no such node.
int32_t FindValue(const OwnedGraph& graph, const std::string& node, const std::string& whose) {
  try {
    return graph.FindNode(node) + 1;
  } catch (const Error& error) {
    throw UsageError(whose + ": " + error.what());
  }
}

const EntropyBottleneck& BottleneckOf(const Graph& graph, int32_t node) {
  return *reinterpret_cast<const EntropyBottleneck*>(graph.nodes[node].layer);
}

void Check(const DistillationOptions& options) {
  const auto at_least_0 = [](double value) { return value >= 0 && isfinite(value); };
  if (!(options.alpha >= 0 && options.alpha <= 1)) throw UsageError("--alpha must lie in [0, 1]");
  if (!(options.tau > 0 && isfinite(options.tau))) throw UsageError("--tau must be above 0");
  if (!at_least_0(options.logits_weight)) throw UsageError("--logits-weight must be at least 0");
  if (!at_least_0(options.feature_weight)) throw UsageError("--feature-weight must be at least 0");
  for (const double weight : options.rate_weights) {
    if (!at_least_0(weight)) throw UsageError("--rate-weights must be at least 0");
  }
  if (options.widths_per_step < 0) {
    throw UsageError("--widths-per-step must be 0, for all, 1, for the widest, or more");
  }
  if (options.logits_weight == 0 && (options.taps.empty() || options.feature_weight == 0)) {
    throw UsageError(
        "--logits-weight 0 leaves the features to teach, so it needs --tap and a --feature-weight "
        "above 0");
  }
}

}  // namespace

Distillation::Distillation(Teacher teacher, const DistillationOptions& options,
                           const OwnedGraph& student)
    : teacher_(std::move(teacher)), options_(options) {
  Check(options);
  const Graph& t = teacher_.graph.view();
  const Graph& s = student.view();
  const std::vector<Shape> of_teacher = ShapesAt(t, t.plan.rows - 1);
  for (const FeatureTap& tap : options.taps) {
    teacher_values_.push_back(
        FindValue(teacher_.graph, tap.teacher, TextOf(tap) + ": the teacher"));
    student_values_.push_back(FindValue(student, tap.student, TextOf(tap) + ": the student"));
  }
  for (Width width = 0; width < s.plan.rows; ++width) {
    const std::vector<Shape> of_student = ShapesAt(s, width);
    const std::string at = " at width " + student.width_names()[width];
    if (of_teacher[0] != of_student[0]) {
      throw UsageError("the teacher takes images of " + TextOf(of_teacher[0]) +
                       ", but the student of " + TextOf(of_student[0]) + at +
                       "; choose a teacher of the same data set");
    }
    if (options.logits_weight > 0 && of_teacher.back() != of_student.back()) {
      throw UsageError("the teacher tells " + std::to_string(of_teacher.back().Count()) +
                       " classes apart, but the student " +
                       std::to_string(of_student.back().Count()) + at +
                       "; choose a teacher of the same data set");
    }
    for (size_t i = 0; i < options.taps.size(); ++i) {
      const Shape& target = of_teacher[teacher_values_[i]];
      const Shape& value = of_student[student_values_[i]];
      if (target == value && value.Count() > 0) continue;
      throw UsageError(TextOf(options.taps[i]) + ": the teacher's is " + TextOf(target) +
                       ", but the student's " + TextOf(value) + at +
                       "; choose nodes whose shapes agree at every width");
    }
  }
  FindBottleneck(student);
  teacher_.parameters->Freeze("", true);
}

void Distillation::FindBottleneck(const OwnedGraph& student) {
  if (options_.rate_weights.empty()) return;
  const Graph& graph = student.view();
  for (int32_t k = 0; k < graph.num_nodes; ++k) {
    if (graph.nodes[k].kind == LayerKind::kEntropyBottleneck) bottleneck_ = k;
  }
  if (bottleneck_ < 0)
    throw UsageError("--rate-weights needs a student with an entropy bottleneck");
  const int64_t rates = graph.plan.Full(BottleneckOf(graph, bottleneck_).rates);
  if (static_cast<int64_t>(options_.rate_weights.size()) != rates) {
    throw UsageError("--rate-weights must have " + std::to_string(rates) +
                     " numbers, one for each rate of the student");
  }
}

void Distillation::AddRate(Tape<float>& tape, const Graph& graph, Parameters<float>& parameters,
                           Random random, WidthLoss* result) {
  const EntropyBottleneck& layer = BottleneckOf(graph, bottleneck_);
  const int64_t rate = graph.plan.Active(result->width, layer.rates) - 1;
  const Var latent = student_vars_[graph.nodes[bottleneck_].inputs[0]];
  const TensorView<const float> x = tape.Value(latent);
  noise_.resize(static_cast<size_t>(x.Count()));
  for (float& u : noise_) u = random.Uniform() - 0.5f;
  Parameter<float>& step = parameters.At(bottleneck_, 0, result->width);
  Parameter<float>& channels = parameters.At(bottleneck_, 1, result->width);
  const int64_t first = rate * channels.shape.dim[1] * channels.shape.dim[2];
  LatentPrior<float> prior;
  prior.step = std::max(step.value[rate], 1e-6f);
  prior.channels = channels.value.data() + first;
  if (step.learns()) prior.step_gradient = &step.gradient[rate];
  if (channels.learns()) prior.channel_gradients = channels.gradient.data() + first;
  const double weight = options_.rate_weights[rate];
  const double bits = LatentBits(x, noise_.data(), prior, weight, tape.Gradient(latent));
  result->loss += weight * bits;
  result->bits = bits / static_cast<double>(x.shape.n());
}

void Distillation::DrawWidths(Width widest, Random* random) {
  drawn_.clear();
  if (options_.widths_per_step == 0) {
    for (Width width = widest; width >= 0; --width) drawn_.push_back(width);
    return;
  }
  drawn_.push_back(widest);
  for (int i = 2; i < options_.widths_per_step; ++i) {
    drawn_.push_back(static_cast<Width>(random->Below(widest + 1)));
  }
  if (widest > 0 && options_.widths_per_step > 1) drawn_.push_back(0);
}

void Distillation::Step(Tape<float>& tape, const OwnedGraph& graph, Parameters<float>& parameters,
                        const TrainingBatch& batch, Random random, std::vector<WidthLoss>* losses) {
  const Graph& teacher = teacher_.graph.view();
  teacher_tape_.SetPrecision(tape.precision());
  RunOptions read;
  read.record = !options_.taps.empty();  // its values then stay until the tape is cleared
  const Var teacher_logits =
      teacher_tape_.Run(teacher, *teacher_.parameters, teacher.plan.rows - 1,
                        teacher_tape_.Constant(batch.images), read, &teacher_vars_);
  RunOptions train;
  train.mode = RunMode::kTrain;
  losses->clear();
  DrawWidths(graph.view().plan.rows - 1, &random);
  const bool reads_values = !options_.taps.empty() || bottleneck_ >= 0;
  for (const Width width : drawn_) {
    const Var logits = tape.Run(graph.view(), parameters, width, tape.Constant(batch.images), train,
                                reads_values ? &student_vars_ : nullptr);
    WidthLoss result;
    result.width = width;
    result.correct = CountCorrect(tape.Value(logits), batch.labels);
    if (options_.logits_weight > 0) {
      const TensorView<const float> target = teacher_tape_.Value(teacher_logits);
      result.loss +=
          options_.logits_weight *
          HintonDistillation(tape.Value(logits), target, batch.labels, options_.alpha, options_.tau,
                             options_.logits_weight, tape.Gradient(logits));
    }
    for (size_t i = 0; i < options_.taps.size(); ++i) {
      const TensorView<const float> target = teacher_tape_.Value(teacher_vars_[teacher_values_[i]]);
      const Var value = student_vars_[student_values_[i]];
      result.loss +=
          options_.feature_weight *
          SumOfSquares(tape.Value(value), target, options_.feature_weight, tape.Gradient(value));
    }
    if (bottleneck_ >= 0) {
      AddRate(tape, graph.view(), parameters, Random(random.NextBits()), &result);
    }
    losses->push_back(result);
    tape.Backward();
    tape.Clear();
  }
  teacher_tape_.Clear();
}

}  // namespace slim
