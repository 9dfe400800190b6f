#include "tests/support/layer_harness.h"

#include <gtest/gtest.h>
#include <math.h>
#include <string.h>

#include <set>

namespace slim {
namespace {

// Where some layer has a kink in its input.
constexpr float kKinks[] = {-3, 0, 3, 6};
constexpr float kFromKink = 1e-3f;  // inputs keep this distance from kinks
constexpr float kApart = 1e-4f;     // and this one from each other: no ties for max pooling

// The numbers that a view shows, byte by byte.
template <class T>
std::string BytesOf(const TensorView<T>& view) {
  const std::vector<T> values = Get(view);
  return std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

// A sensible random number for a parameter of that role.
float DrawFor(ParamRole role, Random* random) {
  switch (role) {
    case ParamRole::kRunningVar:
    case ParamRole::kScale:
    case ParamRole::kRange:
    case ParamRole::kStep:
    case ParamRole::kGdnBeta:  // positive, away from the bound of the reparametrisation
      return random->Uniform(0.5f, 1.5f);
    case ParamRole::kGdnGamma:
      return random->Uniform(0.1f, 0.4f);
    case ParamRole::kBias:
    case ParamRole::kShift:
    case ParamRole::kRunningMean:
      return 0.5f * random->Normal();
    case ParamRole::kConvWeight:
    case ParamRole::kTransposedConvWeight:
    case ParamRole::kDepthwiseWeight:
    case ParamRole::kLinearWeight:
    case ParamRole::kPrior:
      break;
  }
  return 0.3f * random->Normal();
}

}  // namespace

template <class T>
LayerHarness<T>::LayerHarness(const LayerCase& c, Width width, uint64_t seed, int64_t images)
    : case_(c), verbs_(&TrainingVerbsOf<T>(c.kind)) {
  const Status status = InferCase(c, width, sizeof(T), images, &inference_);
  if (!status.ok()) {
    throw std::runtime_error(c.name + " at width " + std::to_string(width) + ": " + status.text +
                             " (" + std::to_string(status.where) + ")");
  }
  // BuildTable looks at the plan again.
  for (const auto& row : case_.rows) active_.insert(active_.end(), row.begin(), row.end());
  inference_.plan.active = active_.data();
  inference_.plan.full = case_.full.data();
  // One stream of random numbers per tensor: what one draws does not depend on another's size.
  for (int i = 0; i < num_inputs(); ++i) {
    inputs_.push_back(MakeTensor<T>(inference_.inputs[i]));
    grad_inputs_.push_back(MakeTensor<T>(inference_.inputs[i]));
    Random random = Random::Derive(seed, 1, i);
    DrawInput(i, &random);
  }
  for (int p = 0; p < num_params(); ++p) {
    params_.push_back(MakeTensor<Real<T>>(inference_.params[p].full));
    grad_params_.push_back(MakeTensor<Real<T>>(inference_.params[p].full));
    grad_params_[p].memory.Fill(0);
    Random random = Random::Derive(seed, 2, p);
    DrawParam(p, &random);
  }
  output_ = MakeTensor<T>(inference_.output);
  grad_output_ = MakeTensor<T>(inference_.output);
  Random random = Random::Derive(seed, 3);
  ForEach(grad_output_.view, [&](int64_t, T* g) { *g = random.Normal(); });

  packed_ = GuardedBuffer(inference_.packed_bytes, kAlignment);
  table_ = GuardedBuffer(inference_.table_bytes, kAlignment);
  forward_scratch_ = GuardedBuffer(inference_.forward_scratch_bytes, kAlignment);
  backward_scratch_ = GuardedBuffer(inference_.backward_scratch_bytes, kAlignment);
  saved_ = GuardedBuffer(inference_.saved_bytes, kAlignment);
}

template <class T>
int LayerHarness<T>::FindParam(const std::string& name) const {
  for (int p = 0; p < num_params(); ++p) {
    if (name == inference_.params[p].name) return p;
  }
  throw std::runtime_error("the layer has no parameter \"" + name + "\"");
}

template <class T>
template <class S>
typename LayerHarness<T>::template Tensor<S> LayerHarness<T>::MakeTensor(const Shape& shape) {
  Tensor<S> tensor;
  tensor.memory = GuardedBuffer(shape.Count() * sizeof(S), sizeof(S));
  tensor.view = TensorView<S>(tensor.memory.template As<S>(), shape);
  return tensor;
}

template <class T>
void LayerHarness<T>::DrawInput(int i, Random* random) {
  std::set<float> taken;
  const bool many = inputs_[i].view.Count() > 4096;  // too many to keep apart
  ForEach(inputs_[i].view, [&](int64_t, T* element) {
    while (true) {
      const float x = 2 * random->Normal();
      bool good = true;
      for (float kink : kKinks) good &= fabsf(x - kink) > kFromKink;
      const auto above = taken.lower_bound(x);
      good &= above == taken.end() || *above - x > kApart;
      good &= above == taken.begin() || x - *std::prev(above) > kApart;
      if (!good) continue;
      if (!many) taken.insert(x);
      *element = x;
      return;
    }
  });
}

template <class T>
void LayerHarness<T>::DrawParam(int p, Random* random) {
  const ParamSpec& spec = inference_.params[p];
  const TensorView<Real<T>> full = FullParam(p);
  ForEach(full, [&](int64_t k, Real<T>* element) {
    *element = DrawFor(spec.role, random);
    if (spec.role == ParamRole::kRange && k % 2 == 0) *element = -*element;  // the low end
  });
  const std::vector<Real<T>> active = Get(Param(p));
  params_[p].memory.Fill(0xff);
  Set(Param(p), active);
}

template <class T>
void LayerHarness<T>::Forward(HarnessMode mode) {
  mode_ = mode;
  const bool train = mode == HarnessMode::kTrain && trains_apart();
  ForwardArgs<T> args;
  PackArgs<T> pack;
  std::vector<std::string> inputs, params;
  args.num_inputs = num_inputs();
  for (int i = 0; i < num_inputs(); ++i) {
    args.inputs[i] = Input(i);
    inputs.push_back(BytesOf(Input(i)));
  }
  for (int p = 0; p < num_params(); ++p) {
    args.params[p] = Param(p);
    pack.params[p] = pack_full ? FullParam(p) : Param(p);
    params.push_back(BytesOf(FullParam(p)));
  }
  for (GuardedBuffer* lent : {&packed_, &table_, &forward_scratch_, &saved_, &output_.memory}) {
    lent->Fill(lent_memory_is);
  }
  args.output = Output();
  args.momentum = momentum;
  args.workers = inference_.workers;
  if (verbs_->pack != nullptr) {
    pack.output = inference_.output;
    pack.packed = packed_.template As<Real<T>>();
    verbs_->pack(case_.layer, pack);
    args.packed = pack.packed;
  }
  if (verbs_->build_table != nullptr) {
    verbs_->build_table(case_.layer, inference_, table_.template As<void>());
    args.table = table_.template As<void>();
  }
  args.scratch = forward_scratch_.template As<void>();
  args.saved = train ? saved_.template As<void>() : nullptr;
  (train ? verbs_->forward_train : verbs_->forward)(case_.layer, args);

  ExpectIntact(train ? "ForwardTrain" : "Forward");
  for (int i = 0; i < num_inputs(); ++i) {
    EXPECT_TRUE(inputs[i] == BytesOf(Input(i))) << case_.name << " wrote to input " << i;
  }
  for (int p = 0; p < num_params(); ++p) {
    if (train && !IsLearned(inference_.params[p].role)) continue;
    EXPECT_TRUE(params[p] == BytesOf(FullParam(p)))
        << case_.name << " wrote to parameter " << inference_.params[p].name;
  }
}

template <class T>
std::vector<std::string> LayerHarness<T>::Constants() const {
  std::vector<std::string> constants;
  for (const auto& tensor : inputs_) constants.push_back(BytesOf(tensor.view));
  for (const auto& tensor : params_) constants.push_back(BytesOf(tensor.view));
  constants.push_back(BytesOf(output_.view));
  constants.push_back(BytesOf(grad_output_.view));
  return constants;
}

template <class T>
void LayerHarness<T>::Backward() {
  BackwardArgs<T> args;
  const std::vector<std::string> constants = Constants();
  args.num_inputs = num_inputs();
  for (int i = 0; i < num_inputs(); ++i) {
    args.inputs[i] = Input(i);
    args.accumulate[i] = accumulate[i];
    if (!accumulate[i]) grad_inputs_[i].memory.Fill(lent_memory_is);
    if (!freeze_input[i]) args.grad_inputs[i] = GradInput(i);
  }
  for (int p = 0; p < num_params(); ++p) {
    args.params[p] = Param(p);
    if (IsLearned(inference_.params[p].role) && !freeze_param[p]) {
      args.grad_params[p] = GradParam(p);
    }
  }
  const std::vector<char> saved(saved_.template As<char>(),
                                saved_.template As<char>() + saved_.bytes());
  backward_scratch_.Fill(lent_memory_is);
  args.output = Output();
  args.grad_output = GradOutput();
  args.batch_statistics = mode_ == HarnessMode::kTrain && trains_apart();
  args.saved = args.batch_statistics ? saved_.template As<void>() : nullptr;
  args.scratch = backward_scratch_.template As<void>();
  args.workers = inference_.workers;
  verbs_->backward(case_.layer, args);

  ExpectIntact("Backward");
  const std::vector<std::string> after = Constants();
  for (size_t k = 0; k < after.size(); ++k) {
    EXPECT_TRUE(constants[k] == after[k])
        << case_.name << ": Backward wrote to tensor " << k << " of inputs, parameters, y, dy";
  }
  EXPECT_TRUE(saved.empty() || memcmp(saved.data(), saved_.template As<char>(), saved.size()) == 0)
      << case_.name << ": Backward wrote to what was saved";
}

template <class T>
void LayerHarness<T>::ExpectIntact(const char* verb) const {
  const auto expect = [&](const GuardedBuffer& memory, const std::string& what) {
    EXPECT_TRUE(memory.Intact()) << case_.name << ": " << verb << " wrote outside of " << what;
  };
  expect(output_.memory, "the output");
  expect(grad_output_.memory, "the gradient of the output");
  expect(packed_, "the packed weights");
  expect(table_, "the table");
  expect(forward_scratch_, "the scratch memory of Forward");
  expect(backward_scratch_, "the scratch memory of Backward");
  expect(saved_, "the saved memory");
  for (int i = 0; i < num_inputs(); ++i) {
    expect(inputs_[i].memory, "input " + std::to_string(i));
    expect(grad_inputs_[i].memory, "the gradient of input " + std::to_string(i));
  }
  for (int p = 0; p < num_params(); ++p) {
    expect(params_[p].memory, std::string("parameter ") + inference_.params[p].name);
    expect(grad_params_[p].memory,
           std::string("the gradient of parameter ") + inference_.params[p].name);
  }
}

template class LayerHarness<float>;
template class LayerHarness<double>;
template class LayerHarness<Bf16>;

}  // namespace slim
