// The cases of cases.inc, and the fixture of the laws that hold for each of them at each width.
#ifndef SLIMSPLIT_TESTS_LAWS_CASES_H_
#define SLIMSPLIT_TESTS_LAWS_CASES_H_

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/kernels/kernels.h"
#include "layers/activation.h"
#include "tests/laws/all_cases.h"
#include "tests/support/layer_harness.h"

namespace slim {

struct CaseAtWidth {
  const LayerCase* layer_case;
  Width width;
};
std::vector<CaseAtWidth> AllCasesAtAllWidths();

// e.g. "conv2d_1x1_width2"
std::string NameOf(const testing::TestParamInfo<CaseAtWidth>& info);
void PrintTo(const CaseAtWidth& c, std::ostream* out);

class LawTest : public testing::TestWithParam<CaseAtWidth> {
 protected:
  ~LawTest() override;  // back to the portable kernels and one thread

  const LayerCase& Case() const { return *GetParam().layer_case; }
  Width AtWidth() const { return GetParam().width; }
};

#define SLIM_FOR_ALL_CASES(Law) \
  INSTANTIATE_TEST_SUITE_P(Cases, Law, testing::ValuesIn(AllCasesAtAllWidths()), NameOf)

// The layer's own activation.
Activation ActivationOf(LayerCase c);

// A seed with which no output is near a limit of the layer's own activation, so that a small
// change of anything lets the same gradients through.
uint64_t SeedAwayFromKinks(const LayerCase& c, Width width, HarnessMode mode);

// Evaluation, and training where the layer does something else in it.
std::vector<HarnessMode> ModesOf(const LayerCase& c);

// Everything that a layer computes, in one mode, with the numbers of one seed.
template <class T>
struct Results {
  std::vector<std::string> names;
  std::vector<std::vector<T>> values;  // output, gradients, and in training running statistics
  void Add(const std::string& name, const std::vector<T>& numbers) {
    names.push_back(name);
    values.push_back(numbers);
  }
};
template <class T>
Results<Real<T>> RunAll(LayerHarness<T>* h, HarnessMode mode);

// Every number finite, and every tensor the same to the bit.
template <class T>
void ExpectSameBits(const Results<T>& a, const Results<T>& b, const std::string& what);
// Every number finite, and every tensor within `tolerance` of the largest number of the other.
template <class A, class B>
void ExpectNear(const Results<A>& a, const Results<B>& b, double tolerance,
                const std::string& what);

}  // namespace slim

#endif  // SLIMSPLIT_TESTS_LAWS_CASES_H_
