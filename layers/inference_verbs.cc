// The table of the verbs that run layers, without those that train them.
#include "layers/all_layers.h"
#include "layers/layer_type.h"

namespace slim {

template <class T>
const LayerVerbs<T>& InferenceVerbsOf(LayerKind kind) {
  static constexpr LayerVerbs<T> kVerbs[] = {
#define SLIM_LAYER(Type) MakeInferenceVerbs<Type, T>(),
#include "layers/layers.inc"
#undef SLIM_LAYER
  };
  return kVerbs[static_cast<int>(kind)];
}

template const LayerVerbs<float>& InferenceVerbsOf<float>(LayerKind kind);

}  // namespace slim
