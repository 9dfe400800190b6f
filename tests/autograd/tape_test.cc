// The tape: whole networks against finite differences, values read twice, frozen parts, memory in
// the steady state.
#include "autograd/tape.h"

#include <gtest/gtest.h>
#include <math.h>

#include "autograd/losses.h"
#include "core/error_host.h"
#include "layers/add.h"
#include "layers/nets/nets_host.h"
#include "layers/skeleton_layer.h"

namespace slim {
namespace {

template <class T>
std::vector<T> RandomImages(const Shape& shape) {
  Random random(7);
  std::vector<T> images(shape.Count());
  for (T& v : images) v = random.Normal();
  return images;
}

NetOptions TinyNet() {
  NetOptions options;
  options.height = options.width = 8;
  options.widths = {0.25, 0.5, 1};
  return options;
}

// y = a * x + a * x through one node read twice: dy/dx = 2 a.
TEST(TapeTest, AddsTheGradientsOfAValueThatIsReadTwice) {
  GraphBuilder b(1, 1, UniformWidths({1}));
  const Channels c = b.Fixed(1);
  const Value x = b.Input(c);
  const Value scaled = b.Add("scale", SkeletonLayer{c}, {x});
  b.Add("sum", Add{}, {scaled, scaled});
  const OwnedGraph graph = b.Build();
  Parameters<double> parameters(graph);
  parameters.At(0, 0, 0).value[0] = 3;
  const Shape shape(1, 1, 1, 1);
  const double input[] = {5};
  double gradient[] = {100};
  Tape<double> tape;
  const Var in =
      tape.Leaf(TensorView<const double>(input, shape), TensorView<double>(gradient, shape));
  const Var out = tape.Run(graph.view(), parameters, 0, in, {});
  EXPECT_EQ(tape.Value(out)[0], 30);
  tape.Gradient(out)[0] += 1;
  tape.Backward();
  EXPECT_EQ(gradient[0], 106);                        // added to, 2 * 3
  EXPECT_EQ(parameters.At(0, 0, 0).gradient[0], 10);  // 2 * 5
}

// The gradient of a whole network along a random direction of all parameters, at each width.
TEST(TapeTest, NetworkMatchesFiniteDifferences) {
  const OwnedGraph graph = MakeNet("resnet8", TinyNet());
  const Shape shape = graph.view().InputShape(0, 4);
  const std::vector<double> images = RandomImages<double>(shape);
  const int32_t labels[] = {1, 5, 0, 9};
  for (Width width = 0; width < graph.view().plan.rows; ++width) {
    Parameters<double> parameters(graph);
    parameters.Initialise(3);
    Tape<double> tape;
    const auto loss = [&](bool backward) {
      const Var logits = tape.Run(graph.view(), parameters, width,
                                  tape.Constant(TensorView<const double>(images.data(), shape)),
                                  {RunMode::kTrain});
      const double value =
          CrossEntropy(tape.Value(logits), labels, 0.0, 1.0, tape.Gradient(logits));
      if (backward) tape.Backward();
      tape.Clear();
      return value;
    };
    loss(true);
    Random random(11);
    std::vector<std::vector<double>> direction(parameters.size());
    double slope = 0;
    for (int64_t p = 0; p < parameters.size(); ++p) {
      if (!parameters[p].learns()) continue;
      for (double g : parameters[p].gradient) {
        direction[p].push_back(random.Normal());
        slope += g * direction[p].back();
      }
    }
    const auto at = [&](double step) {
      const auto move = [&](double by) {
        for (int64_t p = 0; p < parameters.size(); ++p) {
          for (size_t i = 0; i < direction[p].size(); ++i)
            parameters[p].value[i] += by * direction[p][i];
        }
      };
      move(step);
      const double value = loss(false);
      move(-step);
      return value;
    };
    const double step =
        1e-6;  // small: a ReLU that changes sides within the step spoils the difference
    const double measured = (at(step) - at(-step)) / (2 * step);
    EXPECT_NEAR(measured, slope, 1e-5 * fabs(slope) + 1e-7) << "width " << width;
  }
}

TEST(TapeTest, NarrowWidthLeavesTheRestOfTheGradientsAlone) {
  const OwnedGraph graph = MakeNet("resnet8", TinyNet());
  Parameters<float> parameters(graph);
  parameters.Initialise(3);
  const Shape shape = graph.view().InputShape(0, 2);
  const std::vector<float> images = RandomImages<float>(shape);
  Tape<float> tape;
  const Var out =
      tape.Run(graph.view(), parameters, 0,
               tape.Constant(TensorView<const float>(images.data(), shape)), {RunMode::kTrain});
  tape.Gradient(out)[0] += 1;
  tape.Backward();
  const Parameter<float>& weight = *parameters.Find("layer1.0.conv1.weight");  // [1][16][3][3][16]
  double inside = 0;
  for (int64_t i = 0; i < weight.shape.Count(); ++i) {
    const int64_t output = i / (9 * 16), input = i % 16;
    if (output < 4 && input < 4) {
      inside += fabs(weight.gradient[i]);
    } else {
      EXPECT_EQ(weight.gradient[i], 0) << "element " << i;
    }
  }
  EXPECT_GT(inside, 0);
}

TEST(TapeTest, FrozenPartsLetTheGradientThroughAndKeepNone) {
  const OwnedGraph graph = MakeNet("resnet8", TinyNet());
  Parameters<float> parameters(graph);
  parameters.Initialise(3);
  EXPECT_GT(parameters.Freeze("layer", true), 0);
  const Shape shape = graph.view().InputShape(0, 2);
  const std::vector<float> images = RandomImages<float>(shape);
  Tape<float> tape;
  const auto mean = [&](const char* name) {
    return parameters.Find(std::string(name) + ".mean@2")->value;
  };
  const std::vector<float> frozen = mean("layer2.0.bn1"), free = mean("bn1");
  const Var out =
      tape.Run(graph.view(), parameters, 2,
               tape.Constant(TensorView<const float>(images.data(), shape)), {RunMode::kTrain});
  EXPECT_EQ(mean("layer2.0.bn1"), frozen);
  EXPECT_NE(mean("bn1"), free);
  tape.Gradient(out)[0] += 1;
  tape.Backward();
  const auto norm = [&](const char* name) {
    double sum = 0;
    for (float g : parameters.Find(name)->gradient) sum += fabs(g);
    return sum;
  };
  EXPECT_EQ(norm("layer2.0.conv1.weight"), 0);
  tape.Clear();
  tape.Run(graph.view(), parameters, 2,
           tape.Constant(TensorView<const float>(images.data(), shape)), {RunMode::kCalibrate});
  EXPECT_NE(mean("layer2.0.bn1"), frozen);
  EXPECT_GT(norm("conv1.weight"), 0);  // below the frozen part
  EXPECT_GT(norm("linear.weight"), 0);
}

TEST(TapeTest, SteadyStateAsksTheSystemForNothing) {
  const OwnedGraph graph = MakeNet("resnet8", TinyNet());
  Parameters<float> parameters(graph);
  parameters.Initialise(3);
  const Shape shape = graph.view().InputShape(0, 2);
  const std::vector<float> images = RandomImages<float>(shape);
  Tape<float> tape;
  int64_t settled = 0;
  for (int step = 0; step < 8; ++step) {
    for (Width width = 2; width >= 0; --width) {
      const Var out =
          tape.Run(graph.view(), parameters, width,
                   tape.Constant(TensorView<const float>(images.data(), shape)), {RunMode::kTrain});
      tape.Gradient(out)[0] += 1;
      tape.Backward();
      tape.Clear();
      EXPECT_EQ(tape.pool().bytes_in_use(), 0);
    }
    if (step == 2) settled = tape.pool().system_allocations();
  }
  EXPECT_GT(settled, 0);
  EXPECT_EQ(tape.pool().system_allocations(), settled);
}

TEST(TapeTest, RunningWithoutRecordKeepsOnlyWhatIsStillRead) {
  const OwnedGraph graph = MakeNet("resnet20", TinyNet());
  Parameters<float> parameters(graph);
  parameters.Initialise(3);
  const Shape shape = graph.view().InputShape(0, 64);
  const std::vector<float> images = RandomImages<float>(shape);
  RunOptions options;
  Tape<float> recording, passing;
  const TensorView<const float> input(images.data(), shape);
  const Var a = recording.Run(graph.view(), parameters, 2, recording.Constant(input), options);
  options.record = false;
  const Var b = passing.Run(graph.view(), parameters, 2, passing.Constant(input), options);
  for (int64_t i = 0; i < recording.Value(a).Count(); ++i)
    EXPECT_EQ(recording.Value(a)[i], passing.Value(b)[i]);
  EXPECT_LT(3 * passing.pool().peak_bytes(), recording.pool().peak_bytes());
}

// Who asks for the values of a recorded run gets them all; who does not saves the memory of those
// that Backward will not read, and gets the same gradients.
TEST(TapeTest, KeepsWhatBackwardReadsOrWhatIsAskedFor) {
  const OwnedGraph graph = MakeNet("resnet20", TinyNet());
  const Shape shape = graph.view().InputShape(0, 64);
  const std::vector<float> images = RandomImages<float>(shape);
  int64_t peak[2];
  std::vector<std::vector<float>> gradients[2];
  for (const bool ask : {false, true}) {
    Parameters<float> parameters(graph);
    parameters.Initialise(3);
    Tape<float> tape;
    std::vector<Var> values;
    const Var out = tape.Run(graph.view(), parameters, 2,
                             tape.Constant(TensorView<const float>(images.data(), shape)),
                             {RunMode::kTrain}, ask ? &values : nullptr);
    for (const Var value : values) EXPECT_NE(tape.Value(value).data, nullptr);
    tape.Gradient(out)[0] += 1;
    tape.Backward();
    peak[ask] = tape.pool().peak_bytes();
    for (int64_t p = 0; p < parameters.size(); ++p) {
      gradients[ask].push_back(parameters[p].gradient);
    }
  }
  EXPECT_EQ(gradients[0], gradients[1]);
  EXPECT_LT(1.15 * peak[0], peak[1]);
}

TEST(TapeTest, RefusesAnInputThatDoesNotFit) {
  const OwnedGraph graph = MakeNet("resnet8", TinyNet());
  Parameters<float> parameters(graph);
  const Shape shape(1, 9, 8, 3);
  const std::vector<float> images = RandomImages<float>(shape);
  Tape<float> tape;
  EXPECT_THROW(tape.Run(graph.view(), parameters, 0,
                        tape.Constant(TensorView<const float>(images.data(), shape)), {}),
               Error);
}

}  // namespace
}  // namespace slim
