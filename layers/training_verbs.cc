// The table of all verbs of all layers; only programs that train link it.
#include "layers/all_layers.h"
#include "layers/layer_type.h"

namespace slim {

template <class T>
const LayerVerbs<T>& TrainingVerbsOf(LayerKind kind) {
  static constexpr LayerVerbs<T> kVerbs[] = {
#define SLIM_LAYER(Type) MakeTrainingVerbs<Type, T>(),
#include "layers/layers.inc"
#undef SLIM_LAYER
  };
  return kVerbs[static_cast<int>(kind)];
}

template const LayerVerbs<float>& TrainingVerbsOf<float>(LayerKind kind);
template const LayerVerbs<double>& TrainingVerbsOf<double>(LayerKind kind);

}  // namespace slim
