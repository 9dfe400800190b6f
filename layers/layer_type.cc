#include "layers/layer_type.h"

#include <string.h>

#include "layers/all_layers.h"

namespace slim {
namespace {

constexpr LayerType kTypes[] = {
#define SLIM_LAYER(Type) MakeLayerType<Type>(),
#include "layers/layers.inc"
#undef SLIM_LAYER
};

}  // namespace

const LayerType& TypeOf(LayerKind kind) { return kTypes[static_cast<int>(kind)]; }

bool FindLayerKind(const char* name, LayerKind* kind) {
  for (size_t i = 0; i < sizeof(kTypes) / sizeof(kTypes[0]); ++i) {
    if (strcmp(kTypes[i].name, name) != 0) continue;
    *kind = static_cast<LayerKind>(i);
    return true;
  }
  return false;
}

}  // namespace slim
