#include "tests/laws/cases.h"

#include <math.h>

#include "core/parallel.h"
#include "layers/all_layers.h"

namespace slim {
namespace {

// Sets the field "activation" to none, and remembers what it was.
class WithoutActivation : public FieldVisitor {
 public:
  int64_t activation = 0;

 protected:
  void Int(const char* name, int64_t& value) override {
    if (strcmp(name, "activation") != 0) return;
    activation = value;
    value = 0;
  }
};

}  // namespace

std::vector<CaseAtWidth> AllCasesAtAllWidths() {
  std::vector<CaseAtWidth> all;
  for (const LayerCase& c : AllCases()) {
    for (size_t width = 0; width < c.rows.size(); ++width) {
      all.push_back({&c, static_cast<Width>(width)});
    }
  }
  return all;
}

std::string NameOf(const testing::TestParamInfo<CaseAtWidth>& info) {
  return info.param.layer_case->name + "_width" + std::to_string(info.param.width);
}

void PrintTo(const CaseAtWidth& c, std::ostream* out) {
  *out << c.layer_case->name << " at width " << c.width;
}

LawTest::~LawTest() {
  ForceIsa("portable");
  SetParallelBackend(
      [](int workers, ParallelTask task, void* context) {
        for (int worker = 0; worker < workers; ++worker) task(context, worker);
      },
      1);
}

Activation ActivationOf(LayerCase c) {
  WithoutActivation visitor;
  TypeOf(c.kind).fields(c.layer, visitor);
  return static_cast<Activation>(visitor.activation);
}

uint64_t SeedAwayFromKinks(const LayerCase& c, Width width, HarnessMode mode) {
  LayerCase linear = c;
  WithoutActivation visitor;
  TypeOf(c.kind).fields(linear.layer, visitor);
  if (visitor.activation == 0) return 1;
  for (uint64_t seed = 1; seed < 1000; ++seed) {
    LayerHarness<double> h(linear, width, seed);
    h.Forward(mode);
    bool away = true;
    for (double y : Get(h.Output())) away &= fabs(y) > 1e-4 && fabs(y - 6) > 1e-4;
    if (away) return seed;
  }
  throw std::runtime_error(c.name + ": every seed puts an output on a kink");
}

std::vector<HarnessMode> ModesOf(const LayerCase& c) {
  if (TrainingVerbsOf<float>(c.kind).forward_train == nullptr) return {HarnessMode::kEval};
  return {HarnessMode::kEval, HarnessMode::kTrain};
}

template <class T>
Results<Real<T>> RunAll(LayerHarness<T>* h, HarnessMode mode) {
  const auto real = [](const auto& view) {
    const auto stored = Get(view);
    return std::vector<Real<T>>(stored.begin(), stored.end());
  };
  Results<Real<T>> results;
  h->Forward(mode);
  h->Backward();
  results.Add("output", real(h->Output()));
  for (int i = 0; i < h->num_inputs(); ++i) {
    if (h->freeze_input[i]) continue;
    results.Add("gradient of input " + std::to_string(i), real(h->GradInput(i)));
  }
  for (int p = 0; p < h->num_params(); ++p) {
    const ParamSpec& spec = h->inference().params[p];
    if (!IsLearned(spec.role)) {
      results.Add(spec.name, real(h->Param(p)));
    } else if (!h->freeze_param[p]) {
      results.Add(std::string("gradient of ") + spec.name, real(h->GradParam(p)));
    }
  }
  return results;
}

template <class T>
void ExpectSameBits(const Results<T>& a, const Results<T>& b, const std::string& what) {
  ASSERT_EQ(a.names, b.names);
  ExpectNear(a, b, 0, what);
  for (size_t k = 0; k < a.values.size(); ++k) {
    EXPECT_EQ(memcmp(a.values[k].data(), b.values[k].data(), a.values[k].size() * sizeof(T)), 0)
        << what << ": " << a.names[k] << " has other bits";
  }
}

template <class A, class B>
void ExpectNear(const Results<A>& a, const Results<B>& b, double tolerance,
                const std::string& what) {
  ASSERT_EQ(a.names, b.names);
  for (size_t k = 0; k < a.values.size(); ++k) {
    ASSERT_EQ(a.values[k].size(), b.values[k].size()) << what << ": " << a.names[k];
    double largest = 0, worst = 0;
    for (size_t i = 0; i < a.values[k].size(); ++i) {
      const double x = a.values[k][i], y = b.values[k][i];
      ASSERT_TRUE(isfinite(x) && isfinite(y))
          << what << ": element " << i << " of " << a.names[k] << " is " << x << " and " << y;
      largest = fmax(largest, fabs(y));
      worst = fmax(worst, fabs(x - y));
    }
    EXPECT_LE(worst, tolerance * largest) << what << ": " << a.names[k];
  }
}

template Results<float> RunAll(LayerHarness<float>*, HarnessMode);
template Results<double> RunAll(LayerHarness<double>*, HarnessMode);
template Results<float> RunAll(LayerHarness<Bf16>*, HarnessMode);
template void ExpectSameBits(const Results<float>&, const Results<float>&, const std::string&);
template void ExpectSameBits(const Results<double>&, const Results<double>&, const std::string&);
template void ExpectNear(const Results<float>&, const Results<float>&, double, const std::string&);
template void ExpectNear(const Results<float>&, const Results<double>&, double, const std::string&);
template void ExpectNear(const Results<double>&, const Results<double>&, double,
                         const std::string&);

}  // namespace slim
