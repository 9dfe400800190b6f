// Blocks: compositions of layers that several networks use.
#ifndef SLIMSPLIT_LAYERS_BLOCKS_HOST_H_
#define SLIMSPLIT_LAYERS_BLOCKS_HOST_H_

#include <string>

#include "layers/graph_builder_host.h"

namespace slim {

// Squeeze-excite (Hu et al., 2018): x times sigmoid(W2 relu(W1 mean(x) + b1) + b2), the mean over
// the map, one factor per image and channel. x has the channels `c`; `squeezed` is the narrow
// middle. Nodes: name.avgpool, name.fc1, name.fc2, name.gate, name.scale.
Value AddSqueezeExcite(GraphBuilder& b, const std::string& name, Value x, Channels c,
                       Channels squeezed);

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_BLOCKS_HOST_H_
