// The table of all verbs of all layers; only programs that train link it.
#include "layers/all_layers.h"
#include "layers/layer_type.h"

namespace slim {
namespace {

template <class L, class T>
constexpr LayerVerbs<T> VerbsOf() {
  if constexpr (std::is_same_v<T, Bf16> && !internal::TakesBf16<L>::value) {
    return {};
  } else {
    return MakeTrainingVerbs<L, T>();
  }
}

}  // namespace

template <class T>
const LayerVerbs<T>& TrainingVerbsOf(LayerKind kind) {
  static constexpr LayerVerbs<T> kVerbs[] = {
#define SLIM_LAYER(Type) VerbsOf<Type, T>(),
#include "layers/layers.inc"
#undef SLIM_LAYER
  };
  return kVerbs[static_cast<int>(kind)];
}

template const LayerVerbs<float>& TrainingVerbsOf<float>(LayerKind kind);
template const LayerVerbs<double>& TrainingVerbsOf<double>(LayerKind kind);
template const LayerVerbs<Bf16>& TrainingVerbsOf<Bf16>(LayerKind kind);

}  // namespace slim
