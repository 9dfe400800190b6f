// Prefix law: a layer that runs on views at a width is the dense layer of that width on cropped
// copies. To the bit with the portable kernels, to 1e-6 with every other table; forward and
// backward. (Where the dense layer is so small that another algorithm pays for it: to 3e-6, and to
// 1e-13 in double.)
#include "tests/laws/cases.h"

namespace slim {
namespace {

// The case whose only width has the channels, and the inputs in use, that `c` has at `width`.
LayerCase Cropped(const LayerCase& c, Width width) {
  LayerCase cropped = c;
  Inference i;
  EXPECT_TRUE(InferCase(c, width, sizeof(float), 0, &i).ok());
  cropped.inputs.resize(i.used_inputs);
  cropped.rows = {c.rows[width]};
  cropped.full = c.rows[width];
  return cropped;
}

class PrefixLaw : public LawTest {
 protected:
  template <class T>
  void Expect(double tolerance, const std::string& isa) {
    for (HarnessMode mode : ModesOf(Case())) {
      LayerHarness<T> dense(Cropped(Case(), AtWidth()), 0);
      LayerHarness<T> slim(Case(), AtWidth());
      LayerHarness<T> packed_once(Case(), AtWidth());
      packed_once.pack_full = true;
      ASSERT_EQ(dense.inference().output, slim.inference().output);
      for (int p = 0; p < slim.num_params(); ++p) Set(dense.FullParam(p), Get(slim.Param(p)));
      const Results<T> expected = RunAll(&dense, mode);
      const Results<T> views = RunAll(&slim, mode);
      const Results<T> shared = RunAll(&packed_once, mode);
      // Only one has a gather table, and planes and each of Winograd's take different memory.
      const bool same_algorithm =
          Case().kind != LayerKind::kConv2d ||
          (dense.inference().table_bytes == slim.inference().table_bytes &&
           dense.inference().forward_scratch_bytes == slim.inference().forward_scratch_bytes &&
           dense.inference().backward_scratch_bytes == slim.inference().backward_scratch_bytes);
      if (!same_algorithm) tolerance = sizeof(T) == 8 ? 1e-13 : 3e-6;
      if (tolerance == 0) {
        ExpectSameBits(views, expected, isa + ", views");
        ExpectSameBits(shared, expected, isa + ", weights packed for all widths");
      } else {
        ExpectNear(views, expected, tolerance, isa + ", views");
        ExpectNear(shared, expected, tolerance, isa + ", weights packed for all widths");
      }
    }
  }
};

TEST_P(PrefixLaw, HoldsInDouble) { Expect<double>(0, "double"); }

TEST_P(PrefixLaw, HoldsForEveryKernelTable) {
  const Kernels<float>* tables[8];
  const int count = AvailableKernels(tables, 8);
  for (int i = 0; i < count; ++i) {
    ASSERT_TRUE(ForceIsa(tables[i]->isa));
    Expect<float>(i == 0 ? 0 : 1e-6, tables[i]->isa);
  }
}

SLIM_FOR_ALL_CASES(PrefixLaw);

}  // namespace
}  // namespace slim
