#include "tools/bench/layer_runner.h"

#include "core/error_host.h"
#include "core/random.h"

namespace slim {

// Uniform in [low, 1).
LayerRunner::Tensor LayerRunner::MakeTensor(const Shape& shape, float low, uint64_t seed) {
  Tensor tensor;
  tensor.memory = AllocateAligned(shape.Count() * int64_t{sizeof(float)});
  tensor.view = TensorView<float>(static_cast<float*>(tensor.memory.get()), shape);
  Random random(seed);
  for (int64_t i = 0; i < shape.Count(); ++i) tensor.view.data[i] = random.Uniform(low, 1);
  return tensor;
}

LayerRunner::LayerRunner(const LayerCase& c, Width width, int64_t images)
    : case_(c), verbs_(&TrainingVerbsOf<float>(c.kind)) {
  const Status status = InferCase(c, width, sizeof(float), images, &inference_);
  if (!status.ok()) throw UsageError(c.name + ": " + status.text);
  for (const auto& row : case_.rows) active_.insert(active_.end(), row.begin(), row.end());
  inference_.plan.active = active_.data();
  inference_.plan.full = case_.full.data();

  forward_.num_inputs = backward_.num_inputs = inference_.used_inputs;
  forward_.workers = backward_.workers = inference_.workers;
  for (int i = 0; i < inference_.used_inputs; ++i) {
    inputs_.push_back(MakeTensor(inference_.inputs[i], -1, 1 + i));
    grad_inputs_.push_back(MakeTensor(inference_.inputs[i], 0, 1));
    forward_.inputs[i] = backward_.inputs[i] = inputs_[i].view;
  }
  PackArgs<float> pack;
  for (int p = 0; p < inference_.num_params; ++p) {
    const ParamSpec& spec = inference_.params[p];
    // Positive, as variances and steps must be; weights of both signs.
    const bool weight = spec.role <= ParamRole::kLinearWeight || spec.role == ParamRole::kPrior;
    params_.push_back(MakeTensor(spec.full, weight ? -1.0f : 0.1f, 10 + p));
    grad_params_.push_back(MakeTensor(spec.full, 0, 1));
    forward_.params[p] = params_[p].view.Prefix(spec.active);
    backward_.params[p] = forward_.params[p];
    pack.params[p] = params_[p].view;
  }
  output_ = MakeTensor(inference_.output, 0, 1);
  grad_output_ = MakeTensor(inference_.output, -1, 2);
  forward_.output = output_.view;
  backward_.output = output_.view;
  backward_.grad_output = grad_output_.view;

  packed_ = AllocateAligned(inference_.packed_bytes);
  table_ = AllocateAligned(inference_.table_bytes);
  forward_scratch_ = AllocateAligned(inference_.forward_scratch_bytes);
  backward_scratch_ = AllocateAligned(inference_.backward_scratch_bytes);
  saved_ = AllocateAligned(inference_.saved_bytes);
  if (verbs_->pack != nullptr) {
    pack.output = inference_.output;
    pack.packed = static_cast<float*>(packed_.get());
    verbs_->pack(case_.layer, pack);
    forward_.packed = pack.packed;
  }
  if (verbs_->build_table != nullptr) {
    verbs_->build_table(case_.layer, inference_, table_.get());
    forward_.table = table_.get();
  }
  forward_.scratch = forward_scratch_.get();
  backward_.scratch = backward_scratch_.get();
}

int64_t LayerRunner::bytes() const {
  int64_t count = inference_.output.Count();
  for (int i = 0; i < inference_.used_inputs; ++i) count += inference_.inputs[i].Count();
  for (int p = 0; p < inference_.num_params; ++p) count += inference_.params[p].active.Count();
  return count * int64_t{sizeof(float)};
}

void LayerRunner::Forward() {
  forward_.saved = nullptr;
  verbs_->forward(case_.layer, forward_);
}

void LayerRunner::ForwardTrain() {
  forward_.saved = saved_.get();
  (trains_apart() ? verbs_->forward_train : verbs_->forward)(case_.layer, forward_);
}

void LayerRunner::Backward(bool of_inputs, bool of_params) {
  backward_.batch_statistics = trains_apart();
  backward_.saved = trains_apart() ? saved_.get() : nullptr;
  for (int i = 0; i < inference_.used_inputs; ++i) {
    backward_.grad_inputs[i] = of_inputs ? grad_inputs_[i].view : TensorView<float>();
  }
  for (int p = 0; p < inference_.num_params; ++p) {
    const bool wanted = of_params && IsLearned(inference_.params[p].role);
    backward_.grad_params[p] =
        wanted ? grad_params_[p].view.Prefix(inference_.params[p].active) : TensorView<float>();
  }
  verbs_->backward(case_.layer, backward_);
}

}  // namespace slim
