// Every loss against PyTorch: its value, and the gradient that it adds.
#include <math.h>

#include "autograd/losses.h"
#include "tests/parity/golden.h"

namespace slim {
namespace {

// Value of the loss of a golden; adds `weight` times its gradient.
double RunLoss(const Golden& golden, double weight, std::vector<float>* gradient) {
  const Shape shape = golden.ActivationShape("x");
  const std::vector<float> x = golden.Activation("x");
  const TensorView<const float> view(x.data(), shape);
  const TensorView<float> grad(gradient->data(), shape);
  std::vector<float> other;
  const auto tensor = [&](const char* name) {
    other = golden.Activation(name);
    return TensorView<const float>(other.data(), shape);
  };
  std::vector<int32_t> labels;
  if (golden.Find("labels") != nullptr) labels = golden.Ints("labels");
  const std::string loss = golden.Text("loss");
  if (loss == "cross_entropy") {
    return CrossEntropy(view, labels.data(), golden.Number("smoothing"), weight, grad);
  }
  if (loss == "soft_cross_entropy") return SoftCrossEntropy(view, tensor("target"), weight, grad);
  if (loss == "distillation_kl") {
    return DistillationKl(view, tensor("teacher"), golden.Number("tau"), weight, grad);
  }
  if (loss == "hinton_distillation") {
    return HintonDistillation(view, tensor("teacher"), labels.data(), golden.Number("alpha"),
                              golden.Number("tau"), weight, grad);
  }
  if (loss == "sum_of_squares") return SumOfSquares(view, tensor("target"), weight, grad);
  if (loss == "mean_square") return MeanSquare(view, tensor("target"), weight, grad);
  throw std::runtime_error("no loss is called " + loss);
}

class LossParity : public ParityTest {};

TEST_P(LossParity, ValueAndGradient) {
  const Golden golden(GetParam());
  const double expected = golden.Floats("value").at(0);
  std::vector<float> gradient(golden.Floats("x").size(), 0);
  EXPECT_NEAR(RunLoss(golden, 1, &gradient), expected, 1e-5 * fabs(expected));
  ExpectParity(gradient, golden.Activation("grad"), "gradient");

  // Adds, weighted; the value is not.
  std::vector<float> sum = gradient;
  EXPECT_NEAR(RunLoss(golden, 2, &sum), expected, 1e-5 * fabs(expected));
  std::vector<float> thrice = golden.Activation("grad");
  for (float& g : thrice) g *= 3;
  ExpectParity(sum, thrice, "three times the gradient");
}

INSTANTIATE_TEST_SUITE_P(Goldens, LossParity, testing::ValuesIn(GoldenNames("loss_")), ParityName);

TEST(LossParityTest, ThereAreGoldens) { EXPECT_GE(GoldenNames("loss_").size(), 9u); }

}  // namespace
}  // namespace slim
