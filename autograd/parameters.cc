#include "autograd/parameters.h"

#include <math.h>

#include <algorithm>
#include <utility>

#include "autograd/factorized_prior.h"
#include "core/error_host.h"
#include "layers/graph_infer_host.h"

namespace slim {
namespace {

// Outputs that each input of a weight reaches, times the kernel size.
int64_t FanOut(ParamRole role, const Shape& shape) {
  switch (role) {
    case ParamRole::kConvWeight:
    case ParamRole::kTransposedConvWeight:
      return shape.dim[1] * shape.dim[2] * shape.dim[3];
    case ParamRole::kDepthwiseWeight:
      return shape.dim[0] * shape.dim[1];
    case ParamRole::kLinearWeight:
      return shape.dim[0];
    default:
      return 1;
  }
}

template <class T>
void InitialiseOne(Parameter<T>& p, Random random) {
  const double gdn_pedestal = ldexp(1.0, -36);  // GDN stores sqrt(v + 2^-36)
  switch (p.role) {
    case ParamRole::kConvWeight:
    case ParamRole::kTransposedConvWeight:
    case ParamRole::kDepthwiseWeight: {
      const double deviation = sqrt(2.0 / static_cast<double>(FanOut(p.role, p.shape)));
      for (T& v : p.value) v = static_cast<T>(deviation * random.Normal());
      return;
    }
    case ParamRole::kLinearWeight: {
      // Uniform in +-1/sqrt(inputs), as PyTorch's Linear.
      const double bound = 1 / sqrt(static_cast<double>(p.shape.dim[1] * p.shape.dim[2]));
      for (T& v : p.value) v = static_cast<T>(bound * (2.0 * random.Uniform() - 1));
      return;
    }
    case ParamRole::kScale:
    case ParamRole::kRunningVar:
      std::fill(p.value.begin(), p.value.end(), T{1});
      return;
    case ParamRole::kGdnBeta:
      std::fill(p.value.begin(), p.value.end(), static_cast<T>(sqrt(1 + gdn_pedestal)));
      return;
    case ParamRole::kGdnGamma:
      for (int64_t i = 0; i < p.shape.dim[0]; ++i) {
        for (int64_t j = 0; j < p.shape.dim[1]; ++j) {
          p.value[i * p.shape.dim[1] + j] =
              static_cast<T>(sqrt((i == j ? 0.1 : 0.0) + gdn_pedestal));
        }
      }
      return;
    case ParamRole::kRange: {
      // The best uniform quantiser of a normal distribution (Max, 1960): half the range per bits.
      const double ends[] = {0.798, 1.494, 2.051, 2.514, 2.916, 3.278, 3.609, 3.924};
      for (size_t i = 0; i < p.value.size(); ++i) {
        p.value[i] = static_cast<T>(i % 2 == 0 ? -ends[i / 2] : ends[i / 2]);
      }
      return;
    }
    case ParamRole::kStep:
      for (size_t i = 0; i < p.value.size(); ++i) {
        p.value[i] = static_cast<T>(pow(1.5, static_cast<double>(p.value.size() - 1 - i)));
      }
      return;
    case ParamRole::kPrior:
      for (size_t i = 0; i < p.value.size(); i += static_cast<size_t>(p.shape.dim[2])) {
        InitialisePrior(&p.value[i], random);
      }
      return;
    case ParamRole::kBias:
    case ParamRole::kShift:
    case ParamRole::kRunningMean:
      std::fill(p.value.begin(), p.value.end(), T{0});
      return;
  }
}

}  // namespace

std::vector<ParameterInfo> ListParameters(const OwnedGraph& owned) {
  const Graph& graph = owned.view();
  std::vector<ParameterInfo> all;
  for (Width width = 0; width < graph.plan.rows; ++width) {
    const InferredGraph inferred = InferGraph(graph, width);
    for (int32_t node = 0; node < graph.num_nodes; ++node) {
      const Inference& inference = inferred.nodes[node];
      for (int slot = 0; slot < inference.num_params; ++slot) {
        const ParamSpec& spec = inference.params[slot];
        const bool shared = spec.sharing == Sharing::kPrefix;
        if (shared && width > 0) continue;
        all.push_back({std::string(graph.nodes[node].name) + "." + spec.name +
                           (shared ? "" : "@" + std::to_string(width)),
                       spec.role, spec.sharing, node, slot, shared ? -1 : width, spec.full});
      }
    }
  }
  return all;
}

template <class T>
Parameters<T>::Parameters(const OwnedGraph& graph) {
  rows_ = graph.view().plan.rows;
  index_.assign(static_cast<size_t>(graph.view().num_nodes) * kMaxParams * rows_, -1);
  for (ParameterInfo& info : ListParameters(graph)) {
    const int32_t place = static_cast<int32_t>(all_.size());
    for (Width width = 0; width < rows_; ++width) {
      if (info.width < 0 || info.width == width) index_[Cell(info.node, info.slot, width)] = place;
    }
    Parameter<T> p;
    static_cast<ParameterInfo&>(p) = std::move(info);
    p.value.assign(p.shape.Count(), T{0});
    if (IsLearned(p.role)) p.gradient.assign(p.shape.Count(), T{0});
    all_.push_back(std::move(p));
  }
}

template <class T>
void Parameters<T>::Initialise(uint64_t seed) {
  for (size_t i = 0; i < all_.size(); ++i) InitialiseOne(all_[i], Random::Derive(seed, i));
}

template <class T>
const Parameter<T>* Parameters<T>::Find(const std::string& name) const {
  for (const Parameter<T>& p : all_) {
    if (p.name == name) return &p;
  }
  return nullptr;
}

template <class T>
int Parameters<T>::Freeze(const std::string& prefix, bool frozen) {
  int count = 0;
  for (Parameter<T>& p : all_) {
    if (!IsLearned(p.role) || p.name.compare(0, prefix.size(), prefix) != 0) continue;
    p.frozen = frozen;
    ++count;
  }
  return count;
}

template <class T>
void Parameters<T>::ClearGradients() {
  for (Parameter<T>& p : all_) std::fill(p.gradient.begin(), p.gradient.end(), T{0});
}

template <class T>
int64_t Parameters<T>::LearnedCount() const {
  int64_t count = 0;
  for (const Parameter<T>& p : all_) count += IsLearned(p.role) ? p.shape.Count() : 0;
  return count;
}

template class Parameters<float>;
template class Parameters<double>;

}  // namespace slim
