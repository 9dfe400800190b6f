// Parameters: the full-size weights and gradients of one network, shared by all its widths.
#ifndef SLIMSPLIT_AUTOGRAD_PARAMETERS_H_
#define SLIMSPLIT_AUTOGRAD_PARAMETERS_H_

#include <string>
#include <vector>

#include "core/random.h"
#include "core/tensor_view.h"
#include "layers/graph_builder_host.h"

namespace slim {

// What a stored tensor is: "block2.conv1.weight", or "block2.bn.mean@1" for what belongs to width 1
// only.
struct ParameterInfo {
  std::string name;
  ParamRole role = ParamRole::kBias;
  Sharing sharing = Sharing::kPrefix;
  int32_t node = 0;  // of the graph
  int slot = 0;      // among the node's parameters
  Width width = -1;  // the row that owns it; -1: shared by all
  Shape shape;       // full
};

// Every parameter of the graph, in the order in which Parameters holds them.
std::vector<ParameterInfo> ListParameters(const OwnedGraph& graph);

// One stored tensor and its gradient.
template <class T>
struct Parameter : ParameterInfo {
  bool frozen = false;  // learned roles only: no gradient, no update
  std::vector<T> value;
  std::vector<T> gradient;  // empty where nothing is learned

  bool learns() const { return IsLearned(role) && !frozen; }
};

template <class T>
class Parameters {
 public:
  // Allocates every parameter of the graph, at zero.
  explicit Parameters(const OwnedGraph& graph);

  // He et al. (2015) normal initialisation with fan-out for weights, 1 for scales and variances, 0
  // for the rest.
  void Initialise(uint64_t seed);

  int64_t size() const { return static_cast<int64_t>(all_.size()); }
  Parameter<T>& operator[](int64_t i) { return all_[i]; }
  const Parameter<T>& operator[](int64_t i) const { return all_[i]; }

  // The parameter of (node, slot) at a width, which must exist.
  Parameter<T>& At(int32_t node, int slot, Width width) {
    return all_[index_[Cell(node, slot, width)]];
  }
  const Parameter<T>& At(int32_t node, int slot, Width width) const {
    return all_[index_[Cell(node, slot, width)]];
  }
  // Whether the node has a parameter of that slot at the width.
  bool Has(int32_t node, int slot, Width width) const {
    return slot < kMaxParams && index_[Cell(node, slot, width)] >= 0;
  }
  // By name; nullptr when there is none.
  const Parameter<T>* Find(const std::string& name) const;
  Parameter<T>* Find(const std::string& name) {
    return const_cast<Parameter<T>*>(static_cast<const Parameters*>(this)->Find(name));
  }

  // Freezes (or thaws) every learned parameter of the nodes whose name starts with `prefix`;
  // returns how many.
  int Freeze(const std::string& prefix, bool frozen);
  void ClearGradients();
  // Number of learned elements in all, statistics not counted.
  int64_t LearnedCount() const;

 private:
  size_t Cell(int32_t node, int slot, Width width) const {
    return (static_cast<size_t>(node) * kMaxParams + slot) * rows_ + width;
  }

  int32_t rows_ = 0;
  std::vector<Parameter<T>> all_;
  std::vector<int32_t> index_;  // [node][slot][row] -> all_
};

}  // namespace slim

#endif  // SLIMSPLIT_AUTOGRAD_PARAMETERS_H_
