// Beginning a network that takes nodes over from another one.
#ifndef SLIMSPLIT_LAYERS_GRAPH_COPY_HOST_H_
#define SLIMSPLIT_LAYERS_GRAPH_COPY_HOST_H_

#include <stdint.h>

#include "layers/graph_builder_host.h"

namespace slim {

// A builder for inputs of height x width whose widths and channel spaces are those of `whole`, in
// the same order, so that nodes of `whole` can be added as they are. Further spaces may follow.
GraphBuilder BuilderLike(const OwnedGraph& whole, int64_t height, int64_t width);

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_GRAPH_COPY_HOST_H_
