// Mixed precision: a tape that stores activations as Bf16 learns what one that stores floats does.
#include <gtest/gtest.h>
#include <math.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "autograd/losses.h"
#include "autograd/methods/distillation.h"
#include "autograd/trainer.h"
#include "core/error_host.h"
#include "layers/activations.h"
#include "layers/add.h"
#include "layers/conv2d.h"
#include "layers/nets/nets_host.h"

namespace slim {
namespace {

std::vector<float> RandomNumbers(int64_t count, uint64_t seed) {
  Random random(seed);
  std::vector<float> numbers(count);
  for (float& v : numbers) v = random.Normal();
  return numbers;
}

// The cosine of the angle between two lists of numbers, and how much longer the first is.
struct Likeness {
  double cosine, ratio;
};
Likeness Compare(const std::vector<float>& a, const std::vector<float>& b) {
  EXPECT_EQ(a.size(), b.size());
  double aa = 0, bb = 0, ab = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    aa += static_cast<double>(a[i]) * a[i];
    bb += static_cast<double>(b[i]) * b[i];
    ab += static_cast<double>(a[i]) * b[i];
  }
  return {ab / sqrt(aa * bb), sqrt(aa / bb)};
}
void ExpectAlike(const std::vector<float>& a, const std::vector<float>& b, double least_cosine,
                 const std::string& what) {
  const Likeness likeness = Compare(a, b);
  EXPECT_GT(likeness.cosine, least_cosine) << what;
  EXPECT_NEAR(likeness.ratio, 1, 0.02) << what;
}

std::vector<float> Copy(const TensorView<const float>& view) {
  return std::vector<float>(view.data, view.data + view.Count());
}

// What a step computes: logits, and the gradients of all parameters one after the other.
struct StepResult {
  std::vector<float> logits, gradients;
  int64_t peak_bytes, allocations;
};
StepResult RunStep(const OwnedGraph& graph, Width width, Precision precision, int64_t images) {
  Parameters<float> parameters(graph);
  parameters.Initialise(3);
  const Shape shape = graph.view().InputShape(width, images);
  const std::vector<float> input = RandomNumbers(shape.Count(), 7);
  std::vector<int32_t> labels(images);
  for (int64_t i = 0; i < images; ++i) labels[i] = static_cast<int32_t>(i * 7 % 10);
  Tape<float> tape(precision);
  StepResult result;
  int64_t settled = 0;
  for (int step = 0; step < 6; ++step) {
    parameters.ClearGradients();
    const Var logits =
        tape.Run(graph.view(), parameters, width,
                 tape.Constant(TensorView<const float>(input.data(), shape)), {RunMode::kTrain});
    CrossEntropy(tape.Value(logits), labels.data(), 0.0, 1.0, tape.Gradient(logits));
    result.logits = Copy(tape.Value(logits));
    tape.Backward();
    tape.Clear();
    if (step == 3) settled = tape.pool().system_allocations();
  }
  for (int64_t p = 0; p < parameters.size(); ++p) {
    const std::vector<float>& gradient = parameters[p].gradient;
    result.gradients.insert(result.gradients.end(), gradient.begin(), gradient.end());
  }
  result.peak_bytes = tape.pool().peak_bytes();
  result.allocations = tape.pool().system_allocations() - settled;
  EXPECT_EQ(tape.pool().bytes_in_use(), 0);
  return result;
}

TEST(MixedPrecisionTest, GradientsOfANetworkAreNearlyThose) {
  NetOptions options;
  options.height = options.width = 16;
  options.widths = {0.25, 0.6, 1};  // channels that do not fill vectors
  options.divisor = 1;
  // Each layer adds to the noise, and ReLUs near 0 go over to the other side.
  const std::pair<const char*, double> nets[] = {{"resnet8", 0.99}, {"resnet20", 0.95}};
  for (const auto& [name, least_cosine] : nets) {
    const OwnedGraph graph = MakeNet(name, options);
    for (Width width = 0; width < graph.view().plan.rows; ++width) {
      const std::string what = std::string(name) + " at width " + std::to_string(width);
      const StepResult exact = RunStep(graph, width, Precision::kFloat32, 24);
      const StepResult low = RunStep(graph, width, Precision::kBf16, 24);
      ExpectAlike(low.logits, exact.logits, 0.999, what + ": logits");
      ExpectAlike(low.gradients, exact.gradients, least_cosine, what + ": gradients");
      EXPECT_NE(low.gradients, exact.gradients) << what << ": ran in float";
      EXPECT_EQ(low.allocations, 0) << what;
    }
  }
}

TEST(MixedPrecisionTest, EvaluationGivesNearlyThoseAnswersAndKeepsNothing) {
  const OwnedGraph graph = MakeNet("resnet20", NetOptions());
  Parameters<float> parameters(graph);
  parameters.Initialise(3);
  const Shape shape = graph.view().InputShape(0, 4);
  const std::vector<float> input = RandomNumbers(shape.Count(), 7);
  const auto logits = [&](Precision precision) {
    Tape<float> tape(precision);
    RunOptions options;
    options.record = false;
    const Var out = tape.Run(graph.view(), parameters, 0,
                             tape.Constant(TensorView<const float>(input.data(), shape)), options);
    const std::vector<float> answer = Copy(tape.Value(out));
    tape.Clear();
    EXPECT_EQ(tape.pool().bytes_in_use(), 0);
    return answer;
  };
  const std::vector<float> exact = logits(Precision::kFloat32), low = logits(Precision::kBf16);
  ExpectAlike(low, exact, 0.999, "logits");
  EXPECT_NE(low, exact) << "ran in float";
}

// A teacher of the same precision, its features and the student's read in between.
TEST(MixedPrecisionTest, DistillationLearnsNearlyTheSame) {
  NetOptions net;
  net.height = net.width = 16;
  const auto gradients = [&](Precision precision) {
    Teacher teacher;
    teacher.graph = MakeNet("resnet8", net);
    teacher.parameters = std::make_unique<Parameters<float>>(teacher.graph);
    teacher.parameters->Initialise(4);
    const OwnedGraph student = MakeNet("resnet8", net);
    DistillationOptions options;
    options.taps = {{"layer2.0.add", "layer2.0.add"}};
    options.feature_weight = 1e-4;
    Distillation method(std::move(teacher), options, student);
    Parameters<float> parameters(student);
    parameters.Initialise(5);
    const Shape shape = student.view().InputShape(0, 24);
    const std::vector<float> images = RandomNumbers(shape.Count(), 9);
    std::vector<int32_t> labels(24);
    for (int i = 0; i < 24; ++i) labels[i] = i % 10;
    Tape<float> tape(precision);
    std::vector<WidthLoss> losses;
    parameters.ClearGradients();
    method.Step(tape, student, parameters,
                {TensorView<const float>(images.data(), shape), labels.data()}, Random(1), &losses);
    std::vector<float> all = {static_cast<float>(losses.at(0).loss)};
    for (int64_t p = 0; p < parameters.size(); ++p) {
      all.insert(all.end(), parameters[p].gradient.begin(), parameters[p].gradient.end());
    }
    return all;
  };
  const std::vector<float> exact = gradients(Precision::kFloat32),
                           low = gradients(Precision::kBf16);
  EXPECT_NEAR(low[0], exact[0], 0.01 * exact[0]);
  ExpectAlike(low, exact, 0.99, "loss and gradients");
  EXPECT_NE(low, exact) << "ran in float";
}

TEST(MixedPrecisionTest, TakesHalfTheMemory) {
  const OwnedGraph graph = MakeNet("resnet20", NetOptions());
  const double exact = static_cast<double>(RunStep(graph, 0, Precision::kFloat32, 16).peak_bytes);
  const double low = static_cast<double>(RunStep(graph, 0, Precision::kBf16, 16).peak_bytes);
  EXPECT_LT(low, 0.55 * exact);
}

// conv1 (Bf16) is read by a layer that takes Bf16 and by one that does not; so is the input, which
// wants a gradient too; the features between are learnt from, as distillation does.
TEST(MixedPrecisionTest, LayersOfBothKindsShareValues) {
  GraphBuilder b(6, 7, UniformWidths({1}));
  const Channels c = b.Fixed(5);
  const Value x = b.Input(c);
  const Value first = b.Add("conv1", Conv2d{c, c}, {x});
  const Value swish = b.Add("swish", Swish{}, {first});
  const Value sum = b.Add("sum", Add{}, {swish, first});
  const Value outer = b.Add("outer", Swish{}, {x});
  b.Add("conv2", Conv2d{c, c}, {b.Add("sum2", Add{}, {sum, outer})});
  const OwnedGraph graph = b.Build();
  ASSERT_EQ(TrainingVerbsOf<Bf16>(LayerKind::kSwish).forward, nullptr) << "choose another layer";
  Parameters<float> parameters(graph);
  parameters.Initialise(5);
  const Shape shape = graph.view().InputShape(0, 3);
  const std::vector<float> input = RandomNumbers(shape.Count(), 1),
                           target = RandomNumbers(shape.Count(), 2);
  const TensorView<const float> goal(target.data(), shape);
  const auto run = [&](Precision precision, std::vector<float>* of_input) {
    of_input->assign(shape.Count(), 0.5f);  // is added to
    parameters.ClearGradients();
    Tape<float> tape(precision);
    const Var in = tape.Leaf(TensorView<const float>(input.data(), shape),
                             TensorView<float>(of_input->data(), shape));
    std::vector<Var> values;
    const Var out = tape.Run(graph.view(), parameters, 0, in, {RunMode::kTrain}, &values);
    SumOfSquares(tape.Value(out), goal, 1.0, tape.Gradient(out));
    SumOfSquares(tape.Value(values[1]), goal, 0.3, tape.Gradient(values[1]));  // conv1
    SumOfSquares(tape.Value(values[2]), goal, 0.2, tape.Gradient(values[2]));  // swish
    tape.Backward();
    std::vector<float> all = *of_input;
    for (int64_t p = 0; p < parameters.size(); ++p) {
      all.insert(all.end(), parameters[p].gradient.begin(), parameters[p].gradient.end());
    }
    return all;
  };
  std::vector<float> of_input, low_of_input;
  const std::vector<float> exact = run(Precision::kFloat32, &of_input);
  const std::vector<float> low = run(Precision::kBf16, &low_of_input);
  ExpectAlike(low_of_input, of_input, 0.9999, "of the input");
  ExpectAlike(low, exact, 0.9999, "of all");
  EXPECT_NE(low, exact) << "ran in float";
}

double LossAfter(const std::string& precision, int steps) {
  NetOptions net;
  net.height = net.width = 8;
  net.widths = {0.5, 1};
  const OwnedGraph graph = MakeNet("resnet8", net);
  TrainerOptions options;
  options.precision = precision;
  options.schedule.rate = 0.05;
  options.schedule.rule = "constant";
  Trainer trainer(graph, options, 100);
  const Shape shape = graph.view().InputShape(1, 32);
  const std::vector<float> images = RandomNumbers(shape.Count(), 9);
  std::vector<int32_t> labels(32);
  for (int i = 0; i < 32; ++i) labels[i] = i % 10;
  const TrainingBatch batch = {TensorView<const float>(images.data(), shape), labels.data()};
  double loss = 0;
  for (int i = 0; i < steps; ++i) loss = trainer.Step(batch).losses[0].loss;
  return loss;
}

TEST(MixedPrecisionTest, ATrainerLearns) {
  EXPECT_GT(LossAfter("bf16", 1), 1.5);
  EXPECT_LT(LossAfter("bf16", 40), 0.2);
  EXPECT_LT(LossAfter("fp32", 40), 0.2);
  EXPECT_EQ(LossAfter("bf16", 5), LossAfter("bf16", 5));
}

TEST(MixedPrecisionTest, UnknownNamesAreRefused) {
  EXPECT_EQ(PrecisionNamed("bf16"), Precision::kBf16);
  EXPECT_EQ(PrecisionNamed("fp32"), Precision::kFloat32);
  for (const char* name : {"", "fp16", "BF16"}) EXPECT_THROW(PrecisionNamed(name), Error);
}

}  // namespace
}  // namespace slim
