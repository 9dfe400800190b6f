// Bf16 law: a layer that takes Bf16 computes what it does in double from the same numbers, and
// rounds activations and their gradients once; all else is as near as floats are. With every kernel
// table.
#include <math.h>

#include "layers/layer_type.h"
#include "tests/laws/cases.h"

namespace slim {
namespace {

constexpr double kRounded = 0x1p-8;  // to 8 bits, and what sums in float add
constexpr double kSummed = 1e-5;     // Winograd's transforms included

template <class From, class To>
void Copy(const TensorView<From>& from, const TensorView<To>& to) {
  const auto values = Get(from);
  Set(to, std::vector<To>(values.begin(), values.end()));
}

// The results that are stored as activations are, or the others.
template <class T>
Results<T> Part(const Results<T>& all, bool activations) {
  Results<T> part;
  for (size_t k = 0; k < all.names.size(); ++k) {
    const bool is = all.names[k] == "output" || all.names[k].rfind("gradient of input", 0) == 0;
    if (is == activations) part.Add(all.names[k], all.values[k]);
  }
  return part;
}

// Whether rounding may move an output on, or off, the limit that stops its gradient.
bool NearLimit(const std::vector<double>& output) {
  for (const double y : output) {
    if ((y > 0 && y < 1e-3) || (y > 5.9 && y < 6)) return true;
  }
  return false;
}

class Bf16Law : public LawTest {
 protected:
  void Expect(HarnessMode mode, bool accumulate, const std::string& what) {
    for (uint64_t seed = 1; seed < 1000; ++seed) {
      LayerHarness<Bf16> low(Case(), AtWidth(), seed);
      LayerHarness<double> exact(Case(), AtWidth(), seed);
      for (int i = 0; i < low.num_inputs(); ++i) {
        Copy(low.Input(i), exact.Input(i));
        low.accumulate[i] = exact.accumulate[i] = accumulate;
        Copy(low.Input(i), low.GradInput(i));  // what is added to
        Copy(low.Input(i), exact.GradInput(i));
      }
      Copy(low.GradOutput(), exact.GradOutput());
      const Results<double> expected = RunAll(&exact, mode);
      if (ActivationOf(Case()) != Activation::kNone && NearLimit(expected.values[0])) continue;
      const Results<float> actual = RunAll(&low, mode);
      ExpectNear(Part(actual, true), Part(expected, true), kRounded, what);
      ExpectNear(Part(actual, false), Part(expected, false), kSummed, what);
      return;
    }
    FAIL() << what << ": every seed puts an output near a limit";
  }
};

TEST_P(Bf16Law, HoldsForEveryKernelTable) {
  const Kernels<float>* tables[8];
  const int count = AvailableKernels(tables, 8);
  for (int i = 0; i < count; ++i) {
    ASSERT_TRUE(ForceIsa(tables[i]->isa));
    for (HarnessMode mode : ModesOf(Case())) {
      for (const bool accumulate : {false, true}) {
        Expect(mode, accumulate, GetKernels<Bf16>().isa);
      }
    }
  }
}

std::vector<CaseAtWidth> CasesThatTakeBf16() {
  std::vector<CaseAtWidth> cases;
  for (const CaseAtWidth& c : AllCasesAtAllWidths()) {
    if (TrainingVerbsOf<Bf16>(c.layer_case->kind).forward != nullptr) cases.push_back(c);
  }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Cases, Bf16Law, testing::ValuesIn(CasesThatTakeBf16()), NameOf);

// The layers that make nearly all activations of a residual network do take it.
TEST(Bf16Layers, AreThere) {
  for (const LayerKind kind : {LayerKind::kConv2d, LayerKind::kBatchNorm, LayerKind::kAdd,
                               LayerKind::kDepthwiseConv2d, LayerKind::kOptionAShortcut}) {
    EXPECT_NE(TrainingVerbsOf<Bf16>(kind).forward, nullptr) << TypeOf(kind).name;
    EXPECT_NE(TrainingVerbsOf<Bf16>(kind).backward, nullptr) << TypeOf(kind).name;
  }
}

}  // namespace
}  // namespace slim
