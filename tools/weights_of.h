// WeightsOf: the parameters of training as what an engine reads.
#ifndef SLIMSPLIT_TOOLS_WEIGHTS_OF_H_
#define SLIMSPLIT_TOOLS_WEIGHTS_OF_H_

#include "autograd/parameters.h"
#include "split/runtime/engine.h"

namespace slim {

// Points into the parameters.
inline WeightSource WeightsOf(const Parameters<float>& parameters) {
  return {[](const void* context, int32_t node, int slot, Width row) {
            const auto& all = *static_cast<const Parameters<float>*>(context);
            return all.At(node, slot, row).value.data();
          },
          &parameters};
}

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_WEIGHTS_OF_H_
