#include "layers/graph_copy_host.h"

#include <vector>

namespace slim {

GraphBuilder BuilderLike(const OwnedGraph& whole, int64_t height, int64_t width) {
  GraphBuilder builder(height, width, WidthRows{{}, whole.width_names()});
  const WidthPlan& plan = whole.view().plan;
  for (int32_t space = 0; space < plan.spaces; ++space) {
    const Channels channels = {static_cast<uint16_t>(space)};
    std::vector<int> active;
    for (Width row = 0; row < plan.rows; ++row) {
      active.push_back(static_cast<int>(plan.Active(row, channels)));
    }
    builder.PerWidth(static_cast<int>(plan.Full(channels)), active);
  }
  return builder;
}

}  // namespace slim
