// The same numbers in give the same bits out, whatever was in the lent memory; and the same
// numbers, up to rounding, in float and double.
#include "core/parallel_host.h"
#include "tests/laws/cases.h"

namespace slim {
namespace {

class DeterminismLaw : public LawTest {
 protected:
  // Enough for loops to be cut between workers, few enough for slow kernels.
  int64_t ManyImages() const {
    Inference i;
    EXPECT_TRUE(InferCase(Case(), AtWidth(), sizeof(float), 1, &i).ok());
    const int64_t images = 1000000 / (i.macs + i.output.Count());
    return images < 12 ? 12 : images > 300 ? 300 : images;
  }

  Results<float> Run(HarnessMode mode, int lent_memory_is) {
    LayerHarness<float> h(Case(), AtWidth(), 7, ManyImages());
    h.lent_memory_is = lent_memory_is;
    return RunAll(&h, mode);
  }

  std::vector<float> EvalWith(int threads, int64_t images) {
    UseThreads(threads);
    LayerHarness<float> h(Case(), AtWidth(), 7, images);
    h.Forward(HarnessMode::kEval);
    return Get(h.Output());
  }
};

TEST_P(DeterminismLaw, TwiceTheSameBits) {
  UseThreads(2);
  const Kernels<float>* tables[8];
  const int count = AvailableKernels(tables, 8);
  for (int i = 0; i < count; ++i) {
    ASSERT_TRUE(ForceIsa(tables[i]->isa));
    for (HarnessMode mode : ModesOf(Case())) {
      ExpectSameBits(Run(mode, 0xff), Run(mode, 0), tables[i]->isa);
    }
  }
}

TEST_P(DeterminismLaw, EvaluationDoesNotDependOnTheNumberOfThreads) {
  const Kernels<float>* tables[8];
  const int count = AvailableKernels(tables, 8);
  for (int i = 0; i < count; ++i) {
    ASSERT_TRUE(ForceIsa(tables[i]->isa));
    // Of many images workers share tiles; of one image, where it has few, outputs.
    for (const int64_t images : {ManyImages(), int64_t{1}}) {
      const std::vector<float> one = EvalWith(1, images);
      EXPECT_EQ(one, EvalWith(2, images)) << tables[i]->isa << ", images: " << images;
      EXPECT_EQ(one, EvalWith(3, images)) << tables[i]->isa << ", images: " << images;
    }
  }
}

// Sums that workers share may round otherwise, no more.
TEST_P(DeterminismLaw, TwoThreadsComputeWhatOneDoes) {
  for (HarnessMode mode : ModesOf(Case())) {
    UseThreads(1);
    LayerHarness<double> alone(Case(), AtWidth(), 7, ManyImages());
    const Results<double> expected = RunAll(&alone, mode);
    UseThreads(2);
    LayerHarness<double> shared(Case(), AtWidth(), 7, ManyImages());
    ExpectNear(RunAll(&shared, mode), expected, 1e-12, "double");
  }
}

TEST_P(DeterminismLaw, FloatAgreesWithDouble) {
  const Kernels<float>* tables[8];
  const int count = AvailableKernels(tables, 8);
  for (HarnessMode mode : ModesOf(Case())) {
    const uint64_t seed = SeedAwayFromKinks(Case(), AtWidth(), mode);
    LayerHarness<double> reference(Case(), AtWidth(), seed);
    const Results<double> expected = RunAll(&reference, mode);
    for (int i = 0; i < count; ++i) {
      ASSERT_TRUE(ForceIsa(tables[i]->isa));
      LayerHarness<float> h(Case(), AtWidth(), seed);
      ExpectNear(RunAll(&h, mode), expected, 1e-4, tables[i]->isa);
    }
  }
}

SLIM_FOR_ALL_CASES(DeterminismLaw);

}  // namespace
}  // namespace slim
