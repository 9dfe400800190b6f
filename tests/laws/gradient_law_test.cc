// Gradient law, in double: Backward is the derivative of Forward, and puts it where it belongs.
#include <math.h>

#include <algorithm>

#include "tests/laws/cases.h"

namespace slim {
namespace {

constexpr double kStep = 1e-5;
// Elements tried per tensor, the fewer the longer one takes.
int64_t MostProbes(const Inference& i) {
  return std::clamp<int64_t>(400'000'000 / (i.macs + 1), 10, 200);
}

class GradientLaw : public LawTest {
 protected:
  // sum of dy * y
  static double Loss(LayerHarness<double>* h, HarnessMode mode) {
    h->Forward(mode);
    const std::vector<double> y = Get(h->Output()), dy = Get(h->GradOutput());
    double loss = 0;
    for (size_t i = 0; i < y.size(); ++i) loss += y[i] * dy[i];
    return loss;
  }

  // Compares the gradient of `tensor` with central differences.
  static void ExpectDerivative(LayerHarness<double>* h, HarnessMode mode,
                               const TensorView<double>& tensor,
                               const std::vector<double>& gradient, const std::string& name) {
    const int64_t most = MostProbes(h->inference());
    const int64_t skip = (tensor.Count() + most - 1) / most;
    double largest = 1e-3, worst = 0;
    int64_t at = 0;
    ForEach(tensor, [&](int64_t i, double* element) {
      if (i % skip != 0) return;
      const double value = *element;
      *element = value + kStep;
      const double above = Loss(h, mode);
      *element = value - kStep;
      const double below = Loss(h, mode);
      *element = value;
      const double difference = (above - below) / (2 * kStep);
      largest = fmax(largest, fmax(fabs(difference), fabs(gradient[i])));
      const double error = fabs(difference - gradient[i]);
      if (error > worst || isnan(error)) at = i;
      worst = isnan(error) ? error : fmax(worst, error);
    });
    EXPECT_TRUE(worst <= 1e-6 * largest)
        << name << ": worst at element " << at << ", off by " << worst << " where the largest is "
        << largest << (mode == HarnessMode::kTrain ? " in training" : " in evaluation");
  }
};

TEST_P(GradientLaw, MatchesFiniteDifferences) {
  // Their gradients go straight through a step function; tests/layers/fake_quantize_test.cc and
  // entropy_bottleneck_test.cc have the numbers.
  if (Case().kind == LayerKind::kFakeQuantize || Case().kind == LayerKind::kEntropyBottleneck) {
    return;
  }
  for (HarnessMode mode : ModesOf(Case())) {
    LayerHarness<double> h(Case(), AtWidth(), SeedAwayFromKinks(Case(), AtWidth(), mode));
    h.momentum = 0;  // running statistics stay where they are
    h.Forward(mode);
    h.Backward();
    for (int i = 0; i < h.num_inputs(); ++i) {
      const std::vector<double> gradient = Get(h.GradInput(i));
      ExpectDerivative(&h, mode, h.Input(i), gradient, "input " + std::to_string(i));
    }
    for (int p = 0; p < h.num_params(); ++p) {
      const ParamSpec& spec = h.inference().params[p];
      if (!IsLearned(spec.role)) continue;
      ExpectDerivative(&h, mode, h.Param(p), Get(h.GradParam(p)), spec.name);
    }
  }
}

// Adding is exact up to the order of rounding: a layer may add in several steps.
void ExpectSum(const std::vector<double>& base, const std::vector<double>& gradient,
               const std::vector<double>& sum, const std::string& name) {
  double largest = 1, worst = 0;
  for (size_t i = 0; i < sum.size(); ++i) {
    largest = fmax(largest, fabs(sum[i]));
    const double error = fabs(sum[i] - (base[i] + gradient[i]));
    worst = isnan(error) ? error : fmax(worst, error);
  }
  EXPECT_TRUE(worst <= 1e-13 * largest) << name << " is off by " << worst;
}

TEST_P(GradientLaw, AddsToGradientsAndLeavesTheRestOfThemAlone) {
  for (HarnessMode mode : ModesOf(Case())) {
    LayerHarness<double> h(Case(), AtWidth());
    const Results<double> alone = RunAll(&h, mode);
    Random random(5);
    const auto draw = [&](const TensorView<double>& view) {
      ForEach(view, [&](int64_t, double* g) { *g = random.Normal(); });
      return Get(view);
    };
    std::vector<std::vector<double>> of_inputs, of_params, all_of_params;
    for (int i = 0; i < h.num_inputs(); ++i) {
      of_inputs.push_back(draw(h.GradInput(i)));
      h.accumulate[i] = true;
    }
    for (int p = 0; p < h.num_params(); ++p) {
      all_of_params.push_back(draw(h.FullGradParam(p)));
      of_params.push_back(Get(h.GradParam(p)));
    }
    h.Backward();
    size_t k = 1;  // alone.values[0] is the output
    for (int i = 0; i < h.num_inputs(); ++i, ++k) {
      ExpectSum(of_inputs[i], alone.values[k], Get(h.GradInput(i)), alone.names[k]);
    }
    for (int p = 0; p < h.num_params(); ++p, ++k) {
      const std::vector<double> sum = Get(h.GradParam(p));
      if (IsLearned(h.inference().params[p].role)) {
        ExpectSum(of_params[p], alone.values[k], sum, alone.names[k]);
        Set(h.GradParam(p), of_params[p]);  // what is left must be as it was, to the bit
      }
      const std::vector<double> left = Get(h.FullGradParam(p));
      EXPECT_EQ(memcmp(left.data(), all_of_params[p].data(), left.size() * sizeof(double)), 0)
          << alone.names[k] << " changed outside of the active prefix";
    }
  }
}

// What is frozen gets no gradient; all others get the same as ever.
TEST_P(GradientLaw, ComputesOnlyWhatIsWanted) {
  for (HarnessMode mode : ModesOf(Case())) {
    LayerHarness<double> h(Case(), AtWidth());
    const Results<double> all = RunAll(&h, mode);
    const int tensors = h.num_inputs() + h.num_params();
    for (int frozen = -1; frozen < tensors; ++frozen) {  // -1: all inputs at once
      LayerHarness<double> some(Case(), AtWidth());
      for (int i = 0; i < h.num_inputs(); ++i) some.freeze_input[i] = frozen == i || frozen < 0;
      if (frozen >= h.num_inputs()) some.freeze_param[frozen - h.num_inputs()] = true;
      const Results<double> results = RunAll(&some, mode);
      for (size_t k = 0; k < results.names.size(); ++k) {
        const size_t same =
            std::find(all.names.begin(), all.names.end(), results.names[k]) - all.names.begin();
        ASSERT_LT(same, all.names.size());
        EXPECT_EQ(results.values[k], all.values[same]) << results.names[k];
      }
      for (int p = 0; p < h.num_params(); ++p) {
        if (!some.freeze_param[p]) continue;
        for (double g : Get(some.FullGradParam(p))) ASSERT_EQ(g, 0);
      }
    }
  }
}

// What a layer says that Backward does not read may be gone by then.
TEST_P(GradientLaw, ReadsOnlyWhatItSays) {
  const BackwardNeeds needs = TrainingVerbsOf<double>(Case().kind).needs(Case().layer);
  const auto spoil = [](const TensorView<double>& view) {
    ForEach(view, [](int64_t, double* element) { *element = NAN; });
  };
  for (HarnessMode mode : ModesOf(Case())) {
    for (const bool learns : {true, false}) {
      const bool inputs = needs.inputs == BackwardNeeds::kAlways ||
                          (needs.inputs == BackwardNeeds::kToLearn && learns);
      std::vector<std::vector<double>> gradients[2];
      for (const bool spoilt : {false, true}) {
        LayerHarness<double> h(Case(), AtWidth());
        for (int p = 0; p < h.num_params(); ++p) h.freeze_param[p] = !learns;
        h.Forward(mode);
        if (spoilt && !needs.output) spoil(h.Output());
        for (int i = 0; spoilt && !inputs && i < h.num_inputs(); ++i) spoil(h.Input(i));
        h.Backward();
        for (int i = 0; i < h.num_inputs(); ++i) gradients[spoilt].push_back(Get(h.GradInput(i)));
        for (int p = 0; learns && p < h.num_params(); ++p) {
          gradients[spoilt].push_back(Get(h.GradParam(p)));
        }
      }
      EXPECT_EQ(gradients[1], gradients[0]);
    }
  }
}

SLIM_FOR_ALL_CASES(GradientLaw);

}  // namespace
}  // namespace slim
