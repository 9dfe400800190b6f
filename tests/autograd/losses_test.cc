// Losses: numbers computed by hand, and gradients against finite differences in double.
#include "autograd/losses.h"

#include <gtest/gtest.h>
#include <math.h>

#include <functional>
#include <vector>

#include "core/random.h"

namespace slim {
namespace {

using View = TensorView<double>;
using ConstView = TensorView<const double>;
using Loss = std::function<double(const ConstView& value, double weight, const View& gradient)>;

constexpr int64_t kImages = 3, kClasses = 5;
const Shape kShape(kImages, 1, 1, kClasses);

std::vector<double> RandomNumbers(uint64_t seed, int64_t count, double scale = 2) {
  Random random(seed);
  std::vector<double> numbers(count);
  for (double& v : numbers) v = scale * random.Normal();
  return numbers;
}

// The gradient is weight * dLoss/dvalue, added to what was there.
void ExpectGradient(const Loss& loss) {
  std::vector<double> value = RandomNumbers(1, kShape.Count());
  std::vector<double> gradient(value.size(), 10.0), unused(value.size());
  const double weight = 0.75;
  loss(ConstView(value.data(), kShape), weight, View(gradient.data(), kShape));
  for (size_t i = 0; i < value.size(); ++i) {
    const double step = 1e-5, kept = value[i];
    const auto at = [&](double v) {
      value[i] = v;
      return loss(ConstView(value.data(), kShape), 0.0, View(unused.data(), kShape));
    };
    const double slope = (at(kept + step) - at(kept - step)) / (2 * step);
    value[i] = kept;
    EXPECT_NEAR(gradient[i] - 10.0, weight * slope, 1e-8) << "element " << i;
  }
}

TEST(LossesTest, CrossEntropyByHand) {
  // softmax(0, ln 3) = (1/4, 3/4).
  const double logits[] = {0, log(3), 0, log(3)};
  const int32_t labels[] = {1, 0};
  double gradient[4] = {};
  const Shape shape(2, 1, 1, 2);
  const double loss =
      CrossEntropy(ConstView(logits, shape), labels, 0.0, 1.0, View(gradient, shape));
  EXPECT_NEAR(loss, (-log(0.75) - log(0.25)) / 2, 1e-12);
  EXPECT_NEAR(gradient[0], 0.25 / 2, 1e-12);
  EXPECT_NEAR(gradient[1], -0.25 / 2, 1e-12);
  EXPECT_NEAR(gradient[2], -0.75 / 2, 1e-12);
  EXPECT_NEAR(gradient[3], 0.75 / 2, 1e-12);
}

TEST(LossesTest, LabelSmoothingByHand) {
  // q = 0.8 * onehot(1) + 0.2 / 2 = (0.1, 0.9).
  const double logits[] = {0, log(3)};
  const int32_t labels[] = {1};
  double gradient[2] = {};
  const Shape shape(1, 1, 1, 2);
  const double loss =
      CrossEntropy(ConstView(logits, shape), labels, 0.2, 1.0, View(gradient, shape));
  EXPECT_NEAR(loss, -0.1 * log(0.25) - 0.9 * log(0.75), 1e-12);
  EXPECT_NEAR(gradient[0], 0.25 - 0.1, 1e-12);
}

TEST(LossesTest, DistillationIsZeroForEqualLogitsAndScalesWithTau) {
  const double same[] = {1, 2, 3};
  const double other[] = {3, 1, 2};
  double gradient[3] = {};
  const Shape shape(1, 1, 1, 3);
  EXPECT_NEAR(DistillationKl(ConstView(same, shape), ConstView(same, shape), 4.0, 1.0,
                             View(gradient, shape)),
              0, 1e-12);
  for (double g : gradient) EXPECT_NEAR(g, 0, 1e-12);
  // tau^2 KL at tau = 2 is four times the KL of the halved logits.
  const double half_same[] = {0.5, 1, 1.5}, half_other[] = {1.5, 0.5, 1};
  const double at_two = DistillationKl(ConstView(same, shape), ConstView(other, shape), 2.0, 1.0,
                                       View(gradient, shape));
  const double halved = DistillationKl(ConstView(half_same, shape), ConstView(half_other, shape),
                                       1.0, 1.0, View(gradient, shape));
  EXPECT_NEAR(at_two, 4 * halved, 1e-12);
  EXPECT_GT(at_two, 0.1);
}

TEST(LossesTest, SquaresByHand) {
  const double value[] = {1, 2, 4}, target[] = {0, 2, 1};
  double gradient[3] = {};
  const Shape shape(1, 1, 1, 3);
  EXPECT_DOUBLE_EQ(
      SumOfSquares(ConstView(value, shape), ConstView(target, shape), 1.0, View(gradient, shape)),
      10);
  EXPECT_DOUBLE_EQ(gradient[0], 2);
  EXPECT_DOUBLE_EQ(gradient[2], 6);
  EXPECT_DOUBLE_EQ(
      MeanSquare(ConstView(value, shape), ConstView(target, shape), 3.0, View(gradient, shape)),
      10.0 / 3);
  EXPECT_DOUBLE_EQ(gradient[0], 4);  // 2 + 3 * 2 / 3
}

TEST(LossesTest, CountsTheFirstOfEqualLogits) {
  const double logits[] = {1, 1, 0, 0, 0, 2};
  const Shape shape(2, 1, 1, 3);
  const int32_t first[] = {0, 2}, second[] = {1, 2};
  EXPECT_EQ(CountCorrect(ConstView(logits, shape), first), 2);
  EXPECT_EQ(CountCorrect(ConstView(logits, shape), second), 1);
}

TEST(LossesTest, HugeLogitsStayFinite) {
  const double logits[] = {1e4, -1e4, 0};
  const int32_t labels[] = {1};
  double gradient[3] = {};
  const Shape shape(1, 1, 1, 3);
  EXPECT_NEAR(CrossEntropy(ConstView(logits, shape), labels, 0.0, 1.0, View(gradient, shape)), 2e4,
              1e-6);
  EXPECT_NEAR(gradient[0], 1, 1e-12);
}

TEST(LossesTest, GradientsMatchFiniteDifferences) {
  const int32_t labels[kImages] = {4, 0, 2};
  std::vector<double> other = RandomNumbers(2, kShape.Count());
  std::vector<double> probabilities(other.size());
  const ConstView teacher(other.data(), kShape);
  SoftmaxOf(teacher, View(probabilities.data(), kShape));
  const ConstView target(probabilities.data(), kShape);
  ExpectGradient([&](const ConstView& v, double w, const View& g) {
    return CrossEntropy(v, labels, 0.0, w, g);
  });
  ExpectGradient([&](const ConstView& v, double w, const View& g) {
    return CrossEntropy(v, labels, 0.1, w, g);
  });
  ExpectGradient([&](const ConstView& v, double w, const View& g) {
    return SoftCrossEntropy(v, target, w, g);
  });
  ExpectGradient([&](const ConstView& v, double w, const View& g) {
    return DistillationKl(v, teacher, 3.0, w, g);
  });
  ExpectGradient([&](const ConstView& v, double w, const View& g) {
    return HintonDistillation(v, teacher, labels, 0.3, 2.0, w, g);
  });
  ExpectGradient(
      [&](const ConstView& v, double w, const View& g) { return SumOfSquares(v, teacher, w, g); });
  ExpectGradient(
      [&](const ConstView& v, double w, const View& g) { return MeanSquare(v, teacher, w, g); });
}

}  // namespace
}  // namespace slim
