// The reference networks run at every width, and their gradients as a whole.
#include <math.h>

#include <string>
#include <vector>

#include "autograd/tape.h"
#include "core/random.h"
#include "gtest/gtest.h"
#include "layers/nets/nets_host.h"

namespace slim {
namespace {

template <class T>
std::vector<T> Noise(int64_t count, uint64_t seed) {
  Random random(seed);
  std::vector<T> values(count);
  for (T& v : values) v = static_cast<T>(random.Normal());
  return values;
}

class NetRun : public testing::TestWithParam<std::string> {};

TEST_P(NetRun, EveryWidthGivesFiniteLogitsThatDependOnTheImage) {
  for (const BatchNormAffine affine : {BatchNormAffine::kPerWidth, BatchNormAffine::kShared}) {
    NetOptions options;
    options.height = options.width = UsualImageSize(GetParam()) == 224 ? 64 : 32;
    options.classes = 7;
    options.widths = {0.25, 0.5, 0.75, 1.0};
    options.affine = affine;
    options.divisor = affine == BatchNormAffine::kShared ? 8 : 1;
    const OwnedGraph net = MakeNet(GetParam(), options);
    Parameters<float> parameters(net);
    parameters.Initialise(1);
    const Shape shape = net.view().InputShape(0, 2);
    const std::vector<float> images = Noise<float>(shape.Count(), 2);
    for (Width width = 0; width < 4; ++width) {
      Tape<float> tape;
      const Var x = tape.Constant(TensorView<const float>(images.data(), shape));
      RunOptions run;
      run.mode = RunMode::kTrain;  // the untrained statistics would let activations grow
      const Var logits = tape.Run(net.view(), parameters, width, x, run);
      const TensorView<const float> y = tape.Value(logits);
      ASSERT_EQ(y.shape, Shape(2, 1, 1, 7));
      for (int64_t k = 0; k < y.Count(); ++k) EXPECT_TRUE(isfinite(y[k]));
      EXPECT_NE(y[0], y[7]);
      tape.Gradient(logits)[0] = 1;
      tape.Backward();
      for (const char* name : {"conv1.weight", "features.0.0.weight"}) {
        const Parameter<float>* stem = parameters.Find(name);
        if (stem == nullptr) continue;
        double size = 0;
        for (const float g : stem->gradient) size += fabs(g);
        EXPECT_TRUE(isfinite(size) && size > 0) << "no gradient reaches " << name;
      }
      parameters.ClearGradients();
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, NetRun, testing::ValuesIn(NetNames()), [](const auto& info) {
  std::string name = info.param;
  for (char& c : name) c = c == '-' ? '_' : c;
  return name;
});

// A ResNet-20 at one width in training, as a function of all that it learns from.
class WholeNet {
 public:
  WholeNet(bool centred_shortcuts, BatchNormAffine affine)
      : net_(MakeNet("resnet20", Options(centred_shortcuts, affine))), parameters_(net_) {
    parameters_.Initialise(3);
    shape_ = net_.view().InputShape(0, 4);
    images_ = Noise<double>(shape_.Count(), 4);
    seed_ = Noise<double>(4 * 10, 5);
    for (int64_t p = 0; p < parameters_.size(); ++p) {
      start_.push_back(parameters_[p].value);
      const bool learns = IsLearned(parameters_[p].role);
      direction_.push_back(Noise<double>(learns ? start_[p].size() : 0, 6 + p));
    }
  }

  // The sum of the logits, each times a number of its own, after `step` along the direction.
  double Loss(Width width, double step) {
    Walk(step);
    Tape<double> tape;
    return Record(tape, width);
  }

  // The derivative of Loss along the direction, from one backward pass.
  double Derivative(Width width) {
    Walk(0);
    parameters_.ClearGradients();
    Tape<double> tape;
    Record(tape, width);
    tape.Backward();
    double sum = 0;
    for (int64_t p = 0; p < parameters_.size(); ++p) {
      for (size_t k = 0; k < direction_[p].size(); ++k)
        sum += parameters_[p].gradient[k] * direction_[p][k];
    }
    return sum;
  }

 private:
  static NetOptions Options(bool centred_shortcuts, BatchNormAffine affine) {
    NetOptions options;
    options.height = options.width = 16;
    options.widths = {0.25, 1.0};
    options.affine = affine;
    options.centred_shortcuts = centred_shortcuts;
    return options;
  }

  void Walk(double step) {
    for (size_t p = 0; p < direction_.size(); ++p) {
      for (size_t k = 0; k < direction_[p].size(); ++k)
        parameters_[p].value[k] = start_[p][k] + step * direction_[p][k];
    }
  }

  double Record(Tape<double>& tape, Width width) {
    const Var x = tape.Constant(TensorView<const double>(images_.data(), shape_));
    RunOptions options;
    options.mode = RunMode::kTrain;
    const Var logits = tape.Run(net_.view(), parameters_, width, x, options);
    double loss = 0;
    for (size_t k = 0; k < seed_.size(); ++k) {
      loss += seed_[k] * tape.Value(logits)[k];
      tape.Gradient(logits)[k] = seed_[k];
    }
    return loss;
  }

  OwnedGraph net_;
  Parameters<double> parameters_;
  Shape shape_;
  std::vector<double> images_, seed_;
  std::vector<std::vector<double>> start_, direction_;
};

TEST(NetGradient, OfAWholeResNet20MatchesFiniteDifferences) {
  for (const bool centred : {false, true}) {
    WholeNet net(centred, centred ? BatchNormAffine::kShared : BatchNormAffine::kPerWidth);
    for (const Width width : {0, 1}) {
      const double h = 1e-7;  // small: along a longer step some of the ReLUs would switch
      const double slope = (net.Loss(width, h) - net.Loss(width, -h)) / (2 * h);
      const double derivative = net.Derivative(width);
      EXPECT_GT(fabs(derivative), 1e-2);
      EXPECT_NEAR(slope, derivative, 1e-6 * fabs(derivative)) << "width " << width;
    }
  }
}

}  // namespace
}  // namespace slim
