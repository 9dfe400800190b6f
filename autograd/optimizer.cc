#include "autograd/optimizer.h"

#include <math.h>

#include "core/error_host.h"
#include "core/parallel.h"

namespace slim {
namespace {

bool IsVector(ParamRole role) {
  return role == ParamRole::kBias || role == ParamRole::kScale || role == ParamRole::kShift ||
         role == ParamRole::kGdnBeta;
}

double DecayOf(const OptimizerOptions& options, ParamRole role) {
  switch (role) {
    case ParamRole::kRange:
    case ParamRole::kStep:
    case ParamRole::kPrior:
      return 0;  // a quantiser or distribution that shrinks is no simpler network
    default:
      break;
  }
  return options.decay_vectors || !IsVector(role) ? options.weight_decay : 0;
}

// v = momentum * v + g + decay * w;  w -= rate * v, or with Nesterov w -= rate * (g + decay * w +
// momentum * v).
class Sgd : public Optimizer {
 public:
  Sgd(const OptimizerOptions& options, const Parameters<float>& parameters)
      : Optimizer(parameters, 1), options_(options) {}

  void Step(Parameters<float>& parameters, double learning_rate) override {
    const float rate = static_cast<float>(learning_rate);
    const float momentum = static_cast<float>(options_.momentum);
    for (int64_t p = 0; p < parameters.size(); ++p) {
      Parameter<float>& parameter = parameters[p];
      if (!parameter.learns()) continue;
      const float decay = static_cast<float>(DecayOf(options_, parameter.role));
      float* w = parameter.value.data();
      const float* g = parameter.gradient.data();
      float* v = state_[0][p].data();
      const int64_t count = static_cast<int64_t>(parameter.value.size());
      const bool nesterov = options_.nesterov;
      ParallelFor(count, 16384, [&](int64_t begin, int64_t end, int) {
        for (int64_t i = begin; i < end; ++i) {
          const float d = g[i] + decay * w[i];
          v[i] = momentum * v[i] + d;
          w[i] -= rate * (nesterov ? d + momentum * v[i] : v[i]);
        }
      });
    }
    ++steps_;
  }

 private:
  OptimizerOptions options_;
};

// Kingma and Ba (2015); with `decoupled`, Loshchilov and Hutter (2019): w -= rate * decay * w
// beside the step.
class Adam : public Optimizer {
 public:
  Adam(const OptimizerOptions& options, const Parameters<float>& parameters, bool decoupled)
      : Optimizer(parameters, 2), options_(options), decoupled_(decoupled) {}

  void Step(Parameters<float>& parameters, double learning_rate) override {
    ++steps_;
    const double step = static_cast<double>(steps_);
    const double correction1 = 1 - pow(options_.beta1, step);
    const double correction2 = sqrt(1 - pow(options_.beta2, step));
    const float beta1 = static_cast<float>(options_.beta1);
    const float beta2 = static_cast<float>(options_.beta2);
    const float epsilon = static_cast<float>(options_.epsilon);
    const float rate = static_cast<float>(learning_rate / correction1);
    const float scale = static_cast<float>(1 / correction2);
    for (int64_t p = 0; p < parameters.size(); ++p) {
      Parameter<float>& parameter = parameters[p];
      if (!parameter.learns()) continue;
      const double decay = DecayOf(options_, parameter.role);
      const float shrink = static_cast<float>(decoupled_ ? 1 - learning_rate * decay : 1);
      const float coupled = static_cast<float>(decoupled_ ? 0 : decay);
      float* w = parameter.value.data();
      const float* g = parameter.gradient.data();
      float* m = state_[0][p].data();
      float* v = state_[1][p].data();
      const int64_t count = static_cast<int64_t>(parameter.value.size());
      ParallelFor(count, 16384, [&](int64_t begin, int64_t end, int) {
        for (int64_t i = begin; i < end; ++i) {
          const float d = g[i] + coupled * w[i];
          m[i] = beta1 * m[i] + (1 - beta1) * d;
          v[i] = beta2 * v[i] + (1 - beta2) * d * d;
          w[i] = shrink * w[i] - rate * m[i] / (sqrtf(v[i]) * scale + epsilon);
        }
      });
    }
  }

 private:
  OptimizerOptions options_;
  bool decoupled_;
};

}  // namespace

Optimizer::Optimizer(const Parameters<float>& parameters, int slots) : state_(slots) {
  for (auto& slot : state_) {
    for (int64_t p = 0; p < parameters.size(); ++p) {
      slot.emplace_back(IsLearned(parameters[p].role) ? parameters[p].value.size() : 0, 0.0f);
    }
  }
}

std::unique_ptr<Optimizer> MakeOptimizer(const OptimizerOptions& options,
                                         const Parameters<float>& parameters) {
  const auto in = [](double value, double low, double high) {
    return value >= low && value < high;
  };
  if (!in(options.weight_decay, 0, 1e3)) throw UsageError("--weight-decay must lie in [0, 1000)");
  if (options.rule == "sgd") {
    if (!in(options.momentum, 0, 1)) throw UsageError("--momentum must lie in [0, 1)");
    if (options.nesterov && options.momentum == 0) {
      throw UsageError("--nesterov needs a --momentum above 0");
    }
    return std::make_unique<Sgd>(options, parameters);
  }
  if (options.rule == "adam" || options.rule == "adamw") {
    if (!in(options.beta1, 0, 1) || !in(options.beta2, 0, 1) || !(options.epsilon > 0)) {
      throw UsageError("optimizer: beta1 and beta2 must lie in [0, 1), epsilon above 0");
    }
    return std::make_unique<Adam>(options, parameters, options.rule == "adamw");
  }
  throw UsageError("--optimizer: unknown rule \"" + options.rule +
                   "\"; known are sgd, adam, adamw");
}

double GradientNorm(const Parameters<float>& parameters) {
  double total = 0;
  for (int64_t p = 0; p < parameters.size(); ++p) {
    const Parameter<float>& parameter = parameters[p];
    if (!parameter.learns()) continue;
    double sum = 0;
    for (float g : parameter.gradient) sum += static_cast<double>(g) * g;
    if (!isfinite(sum)) {
      throw Failure("the gradient of \"" + parameter.name +
                    "\" is not finite: the training has diverged; "
                    "lower the learning rate, or clip gradients, and start again");
    }
    total += sum;
  }
  return sqrt(total);
}

double ClipGradients(Parameters<float>& parameters, double max_norm) {
  const double norm = GradientNorm(parameters);
  if (norm <= max_norm) return norm;
  const float scale = static_cast<float>(max_norm / norm);
  for (int64_t p = 0; p < parameters.size(); ++p) {
    if (!parameters[p].learns()) continue;
    for (float& g : parameters[p].gradient) g *= scale;
  }
  return norm;
}

}  // namespace slim
