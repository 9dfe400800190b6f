#include "autograd/graft.h"

#include <map>
#include <set>
#include <string>

#include "core/error_host.h"

namespace slim {

int Graft(const OwnedGraph& from, const Parameters<float>& from_parameters, const OwnedGraph& to,
          Parameters<float>* to_parameters) {
  const Graph& source = from.view();
  const Width widest = source.plan.rows - 1;
  const bool same_widths = from.width_names() == to.width_names();
  std::map<std::string, int32_t> nodes;
  for (int32_t k = 0; k < source.num_nodes; ++k) nodes[source.nodes[k].name] = k;
  std::set<int32_t> grafted;
  for (int64_t p = 0; p < to_parameters->size(); ++p) {
    Parameter<float>& parameter = (*to_parameters)[p];
    const Node& node = to.view().nodes[parameter.node];
    const auto found = nodes.find(node.name);
    if (found == nodes.end()) continue;
    const Width row = same_widths && parameter.width >= 0 ? parameter.width : widest;
    const Parameter<float>* given = from_parameters.Has(found->second, parameter.slot, row)
                                        ? &from_parameters.At(found->second, parameter.slot, row)
                                        : nullptr;
    if (given == nullptr || given->role != parameter.role || given->shape != parameter.shape) {
      throw UsageError(std::string("node \"") + node.name + "\": its " + parameter.name +
                       " is no parameter, or has another shape, in the network that the numbers "
                       "come from; begin with a network of the same sizes");
    }
    parameter.value = given->value;
    grafted.insert(parameter.node);
  }
  return static_cast<int>(grafted.size());
}

}  // namespace slim
