// Training methods: a step's gradient is the sum of its widths' gradients; targets are constants;
// statistics average.
#include <gtest/gtest.h>
#include <math.h>

#include "autograd/calibrate.h"
#include "autograd/ema.h"
#include "autograd/losses.h"
#include "autograd/methods/distillation.h"
#include "autograd/methods/method.h"
#include "autograd/trainer.h"
#include "core/error_host.h"
#include "layers/nets/nets_host.h"

namespace slim {
namespace {

constexpr int64_t kImages = 6;

class MethodsTest : public testing::Test {
 protected:
  MethodsTest()
      : graph_(MakeNet("plain-cnn", Options())),
        images_(graph_.view().InputShape(0, kImages).Count()),
        parameters_(graph_) {
    Random random(5);
    for (float& v : images_) v = random.Normal();
    parameters_.Initialise(2);
    batch_.images = TensorView<const float>(images_.data(), graph_.view().InputShape(0, kImages));
    batch_.labels = labels_;
  }

  static NetOptions Options() {
    NetOptions options;
    options.height = options.width = 8;
    options.widths = {0.25, 0.5, 1};
    return options;
  }

  // Gradients that one width adds when `seed` sets the gradient of its logits.
  template <class Seed>
  void AddWidth(Width width, const Seed& seed) {
    Tape<float> tape;
    const Var logits = tape.Run(graph_.view(), parameters_, width, tape.Constant(batch_.images),
                                {RunMode::kTrain});
    seed(tape.Value(logits), tape.Gradient(logits));
    tape.Backward();
  }
  void AddCrossEntropy(Width width) {
    AddWidth(width, [&](const TensorView<const float>& logits, const TensorView<float>& gradient) {
      CrossEntropy(logits, labels_, 0.0, 1.0, gradient);
    });
  }

  std::vector<std::vector<float>> TakeGradients() {
    std::vector<std::vector<float>> gradients;
    for (int64_t p = 0; p < parameters_.size(); ++p) gradients.push_back(parameters_[p].gradient);
    parameters_.ClearGradients();
    return gradients;
  }

  std::vector<WidthLoss> Step(const MethodOptions& options, uint64_t seed = 1) {
    Tape<float> tape;
    std::vector<WidthLoss> losses;
    MakeMethod(options, graph_.view().plan.rows)
        ->Step(tape, graph_, parameters_, batch_, Random(seed), &losses);
    return losses;
  }

  const OwnedGraph graph_;
  std::vector<float> images_;
  const int32_t labels_[kImages] = {0, 3, 9, 9, 1, 4};
  Parameters<float> parameters_;
  TrainingBatch batch_;
};

TEST_F(MethodsTest, SNetsStepIsTheSumOfItsWidths) {
  const std::vector<WidthLoss> losses = Step({});
  ASSERT_EQ(losses.size(), 3u);
  EXPECT_EQ(losses[0].width, 2);
  EXPECT_EQ(losses[2].width, 0);
  const auto together = TakeGradients();
  for (Width width = 2; width >= 0; --width) AddCrossEntropy(width);
  EXPECT_EQ(together, TakeGradients());  // to the bit: the same sums in the same order
}

TEST_F(MethodsTest, SandwichNarrowWidthsLearnFromTheWidestAlone) {
  MethodOptions options;
  options.name = "sandwich";
  options.sandwich_widths = 2;
  const std::vector<WidthLoss> losses = Step(options);
  ASSERT_EQ(losses.size(), 2u);
  EXPECT_EQ(losses[0].width, 2);
  EXPECT_EQ(losses[1].width, 0);
  const auto together = TakeGradients();

  std::vector<float> target;
  Shape shape;
  AddWidth(2, [&](const TensorView<const float>& logits, const TensorView<float>& gradient) {
    shape = logits.shape;
    target.resize(logits.Count());
    SoftmaxOf(logits, TensorView<float>(target.data(), shape));
    CrossEntropy(logits, labels_, 0.0, 1.0, gradient);
  });
  AddWidth(0, [&](const TensorView<const float>& logits, const TensorView<float>& gradient) {
    SoftCrossEntropy(logits, TensorView<const float>(target.data(), shape), 1.0, gradient);
  });
  EXPECT_EQ(together, TakeGradients());
}

TEST_F(MethodsTest, SandwichDrawsTheSameWidthsForTheSameSeed) {
  MethodOptions options;
  options.name = "sandwich";
  options.sandwich_widths = 6;
  const auto widths = [&](uint64_t seed) {
    std::vector<Width> drawn;
    for (const WidthLoss& loss : Step(options, seed)) drawn.push_back(loss.width);
    return drawn;
  };
  const std::vector<Width> first = widths(1);
  EXPECT_EQ(first.size(), 6u);
  EXPECT_EQ(first.front(), 2);
  EXPECT_EQ(first.back(), 0);
  EXPECT_EQ(first, widths(1));
  bool another = false;
  for (uint64_t seed = 2; seed < 8; ++seed) another |= widths(seed) != first;
  EXPECT_TRUE(another);
}

TEST_F(MethodsTest, DistillationSeedsAnswersAndFeatures) {
  const auto teacher = [&] {
    Teacher t{graph_, std::make_unique<Parameters<float>>(graph_)};
    t.parameters->Initialise(99);
    return t;
  };
  DistillationOptions options;
  options.alpha = 0.25;
  options.tau = 2;
  options.feature_weight = 0.5;
  NetOptions one = Options();
  one.widths = {1};
  const OwnedGraph student = MakeNet("plain-cnn", one);
  Parameters<float> parameters(student);
  parameters.Initialise(2);
  options.taps = {{"conv2", "conv2"}};
  Distillation method(teacher(), options, student);
  Tape<float> tape;
  std::vector<WidthLoss> losses;
  method.Step(tape, student, parameters, batch_, Random(1), &losses);
  ASSERT_EQ(losses.size(), 1u);

  // The same by hand.
  Parameters<float> expected(student);
  expected.Initialise(2);
  const Teacher t = teacher();
  Tape<float> teacher_tape, student_tape;
  std::vector<Var> teacher_values, student_values;
  const Var answer = teacher_tape.Run(t.graph.view(), *t.parameters, 2,
                                      teacher_tape.Constant(batch_.images), {}, &teacher_values);
  const Var logits =
      student_tape.Run(student.view(), expected, 0, student_tape.Constant(batch_.images),
                       {RunMode::kTrain}, &student_values);
  const Var tap = student_values[student.FindNode("conv2") + 1];
  double loss = HintonDistillation(student_tape.Value(logits), teacher_tape.Value(answer), labels_,
                                   0.25, 2.0, 1.0, student_tape.Gradient(logits));
  loss += 0.5 * SumOfSquares(student_tape.Value(tap),
                             teacher_tape.Value(teacher_values[t.graph.FindNode("conv2") + 1]), 0.5,
                             student_tape.Gradient(tap));
  student_tape.Backward();
  EXPECT_NEAR(losses[0].loss, loss, 1e-9 * fabs(loss));
  for (int64_t p = 0; p < parameters.size(); ++p)
    EXPECT_EQ(parameters[p].gradient, expected[p].gradient) << parameters[p].name;

  options.taps = {{"conv2", "no-such-node"}};
  EXPECT_THROW(Distillation(teacher(), options, student), Error);
  options.taps = {};
  options.tau = 0;
  EXPECT_THROW(Distillation(teacher(), options, student), Error);
}

TEST_F(MethodsTest, DistillationDrawsTheExtremesTheWidestAloneOrAll) {
  const auto widths = [&](int per_step) {
    DistillationOptions options;
    options.widths_per_step = per_step;
    Teacher teacher{graph_, std::make_unique<Parameters<float>>(graph_)};
    teacher.parameters->Initialise(99);
    Tape<float> tape;
    std::vector<WidthLoss> losses;
    Distillation(std::move(teacher), options, graph_)
        .Step(tape, graph_, parameters_, batch_, Random(1), &losses);
    std::vector<Width> drawn;
    for (const WidthLoss& loss : losses) drawn.push_back(loss.width);
    return drawn;
  };
  EXPECT_EQ(widths(1), std::vector<Width>({2}));
  EXPECT_EQ(widths(2), std::vector<Width>({2, 0}));
  EXPECT_EQ(widths(0), std::vector<Width>({2, 1, 0}));
  const std::vector<Width> four = widths(4);
  ASSERT_EQ(four.size(), 4u);
  EXPECT_EQ(four.front(), 2);
  EXPECT_EQ(four.back(), 0);
}

TEST_F(MethodsTest, CalibrationIsThePlainMeanOverBatches) {
  Parameter<float>& mean = *parameters_.Find("bn1.mean@1");
  Parameter<float>& var = *parameters_.Find("bn1.var@1");
  std::vector<double> mean_sum(mean.value.size()), var_sum(mean.value.size());
  std::vector<float> other = images_;
  for (float& v : other) v = 2 * v + 1;
  const TensorView<const float> batches[] = {
      batch_.images, TensorView<const float>(other.data(), batch_.images.shape), batch_.images};
  for (const auto& images : batches) {
    Tape<float> tape;
    RunOptions options{RunMode::kTrain};
    options.momentum = 1;  // running = batch
    tape.Run(graph_.view(), parameters_, 1, tape.Constant(images), options);
    for (size_t c = 0; c < mean.value.size(); ++c) {
      mean_sum[c] += mean.value[c];
      var_sum[c] += var.value[c];
    }
  }
  for (float& v : mean.value) v = 1e6;  // whatever was there before
  Calibration calibration(graph_, parameters_, 1);
  for (const auto& images : batches) calibration.AddBatch(images);
  for (size_t c = 0; c < mean.value.size(); ++c) {
    EXPECT_NEAR(mean.value[c], mean_sum[c] / 3, 1e-6 * (1 + fabs(mean_sum[c])));
    EXPECT_NEAR(var.value[c], var_sum[c] / 3, 1e-6 * (1 + var_sum[c]));
  }
}

TEST_F(MethodsTest, EmaByHand) {
  Parameter<float>& bias = *parameters_.Find("linear.bias");
  bias.value[0] = 1;
  Ema ema(0.75, parameters_);
  bias.value[0] = 5;
  ema.Update(parameters_);
  ema.Swap(parameters_);
  EXPECT_FLOAT_EQ(bias.value[0], 2);  // 0.75 * 1 + 0.25 * 5
  ema.Swap(parameters_);
  EXPECT_FLOAT_EQ(bias.value[0], 5);
  EXPECT_THROW(Ema(1.0, parameters_), Error);
}

TEST_F(MethodsTest, TrainerLearnsABatchByHeartAndStopsAtTheFirstBadLoss) {
  TrainerOptions options;
  options.schedule.rule = "constant";
  options.schedule.rate = 0.05;
  Trainer trainer(graph_, options, 10);
  double first = 0, last = 0;
  for (int i = 0; i < 40; ++i) {
    last = trainer.Step(batch_).losses[0].loss;
    if (i == 0) first = last;
  }
  EXPECT_GT(first, 1.5);
  EXPECT_LT(last, 0.2);
  const std::vector<float> before = trainer.parameters().Find("conv1.weight")->value;
  images_[3] = NAN;
  try {
    trainer.Step(batch_);
    FAIL() << "a loss that is not a number went unnoticed";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kFailure);
    EXPECT_NE(std::string(error.what()).find("width 1"), std::string::npos) << error.what();
  }
  EXPECT_EQ(trainer.parameters().Find("conv1.weight")->value, before);
  EXPECT_EQ(trainer.steps(), 40);
}

}  // namespace
}  // namespace slim
