// LayerType: the verbs of a layer as a table of functions, so that graphs hold layers of any type
// as plain bytes.
//
// Not a base class: a virtual table would drag Backward into every device. What needs only shapes
// and fields uses LayerType; an engine adds pack and forward; the tape adds the training verbs.
#ifndef SLIMSPLIT_LAYERS_LAYER_TYPE_H_
#define SLIMSPLIT_LAYERS_LAYER_TYPE_H_

#include <new>
#include <type_traits>
#include <utility>

#include "layers/layer.h"

namespace slim {

// A number per layer type, in the order of layers.inc; stored in files by name.
enum class LayerKind : uint8_t {
#define SLIM_LAYER(Type) k##Type,
#include "layers/layers.inc"
#undef SLIM_LAYER
};

struct LayerType {
  const char* name;
  void (*construct)(void* layer);  // default fields
  void (*fields)(void* layer, FieldVisitor& v);
  Status (*infer)(const void* layer, Inference& i);
};

// The layer type of a kind; a kind out of range is a programmer's mistake.
const LayerType& TypeOf(LayerKind kind);
// The kind of that name; false when no layer is called so.
bool FindLayerKind(const char* name, LayerKind* kind);

template <class T>
struct LayerVerbs {
  void (*pack)(const void* layer,
               const PackArgs<T>& a);  // null: the layer uses its parameters as they are
  // Fills i.table_bytes bytes; null: the layer has no table.
  void (*build_table)(const void* layer, const Inference& i, void* table);
  bool (*takes_epilogue)(const void* layer);  // null: never; else whether what follows can fold in
  bool (*takes_swish)(const void* layer);     // the same for a swish alone
  void (*forward)(const void* layer, const ForwardArgs<T>& a);
  void (*forward_train)(const void* layer, const ForwardArgs<T>& a);  // null: as forward
  void (*backward)(const void* layer, const BackwardArgs<T>& a);      // null in inference tables
  BackwardNeeds (*needs)(const void* layer);                          // of backward
};

// Pack, table and forward of a kind: for programs that only run networks.
template <class T>
const LayerVerbs<T>& InferenceVerbsOf(LayerKind kind);
// All verbs of a kind: for programs that train. For Bf16 all are null where the layer does not take
// it.
template <class T>
const LayerVerbs<T>& TrainingVerbsOf(LayerKind kind);

namespace internal {

template <class L, class T, class = void>
struct Packs : std::false_type {};
template <class L, class T>
struct Packs<L, T, std::void_t<decltype(std::declval<L>().Pack(PackArgs<T>()))>> : std::true_type {
};
template <class L, class T, class = void>
struct BuildsTable : std::false_type {};
template <class L, class T>
struct BuildsTable<
    L, T, std::void_t<decltype(std::declval<L>().template BuildTable<T>(Inference(), nullptr))>>
    : std::true_type {};
template <class L, class = void>
struct TakesEpilogue : std::false_type {};
template <class L>
struct TakesEpilogue<L, std::void_t<decltype(std::declval<L>().TakesEpilogue())>> : std::true_type {
};
template <class L, class = void>
struct TakesSwish : std::false_type {};
template <class L>
struct TakesSwish<L, std::void_t<decltype(std::declval<L>().TakesSwish())>> : std::true_type {};
template <class L, class T, class = void>
struct TrainsApart : std::false_type {};
template <class L, class T>
struct TrainsApart<L, T, std::void_t<decltype(std::declval<L>().ForwardTrain(ForwardArgs<T>()))>>
    : std::true_type {};

template <class L, class = void>
struct TakesBf16 : std::false_type {};
template <class L>
struct TakesBf16<L, std::enable_if_t<L::kTakesBf16>> : std::true_type {};
template <class L, class = void>
struct SaysNeeds : std::false_type {};
template <class L>
struct SaysNeeds<L, std::void_t<decltype(std::declval<L>().Needs())>> : std::true_type {};

}  // namespace internal

template <class L>
constexpr LayerType MakeLayerType() {
  static_assert(sizeof(L) <= kMaxLayerBytes && std::is_trivially_copyable_v<L>);
  return {L::kName, [](void* layer) { new (layer) L(); },
          [](void* layer, FieldVisitor& v) { static_cast<L*>(layer)->Fields(v); },
          [](const void* layer, Inference& i) { return static_cast<const L*>(layer)->Infer(i); }};
}

template <class L, class T>
constexpr LayerVerbs<T> MakeInferenceVerbs() {
  LayerVerbs<T> verbs = {};
  if constexpr (internal::Packs<L, T>::value) {
    verbs.pack = [](const void* l, const PackArgs<T>& a) { static_cast<const L*>(l)->Pack(a); };
  }
  if constexpr (internal::BuildsTable<L, T>::value) {
    verbs.build_table = [](const void* l, const Inference& i, void* table) {
      static_cast<const L*>(l)->template BuildTable<T>(i, table);
    };
  }
  if constexpr (internal::TakesEpilogue<L>::value) {
    verbs.takes_epilogue = [](const void* l) { return static_cast<const L*>(l)->TakesEpilogue(); };
  }
  if constexpr (internal::TakesSwish<L>::value) {
    verbs.takes_swish = [](const void* l) { return static_cast<const L*>(l)->TakesSwish(); };
  }
  verbs.forward = [](const void* l, const ForwardArgs<T>& a) {
    static_cast<const L*>(l)->Forward(a);
  };
  return verbs;
}

template <class L, class T>
constexpr LayerVerbs<T> MakeTrainingVerbs() {
  LayerVerbs<T> verbs = MakeInferenceVerbs<L, T>();
  if constexpr (internal::TrainsApart<L, T>::value) {
    verbs.forward_train = [](const void* l, const ForwardArgs<T>& a) {
      static_cast<const L*>(l)->ForwardTrain(a);
    };
  }
  verbs.backward = [](const void* l, const BackwardArgs<T>& a) {
    static_cast<const L*>(l)->Backward(a);
  };
  verbs.needs = [](const void*) { return BackwardNeeds(); };
  if constexpr (internal::SaysNeeds<L>::value) {
    verbs.needs = [](const void* l) { return static_cast<const L*>(l)->Needs(); };
  }
  return verbs;
}

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_LAYER_TYPE_H_
