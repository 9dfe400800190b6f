// Activation: the limits that a layer can put on its own output without another pass over memory.
#ifndef SLIMSPLIT_LAYERS_ACTIVATION_H_
#define SLIMSPLIT_LAYERS_ACTIVATION_H_

#include <stdint.h>

#include "core/kernels/kernels.h"
#include "core/status.h"

namespace slim {

enum class Activation : uint8_t { kNone = 0, kRelu = 1, kRelu6 = 2 };

inline Status ExpectActivation(Activation a) {
  if (a > Activation::kRelu6) return Invalid("unknown activation", static_cast<int64_t>(a));
  return OkStatus();
}

template <class T>
Clamp<T> ClampOf(Activation a) {
  const T infinity = static_cast<T>(__builtin_inf());
  switch (a) {
    case Activation::kRelu:
      return {T{0}, infinity};
    case Activation::kRelu6:
      return {T{0}, T{6}};
    case Activation::kNone:
      break;
  }
  return {-infinity, infinity};
}

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_ACTIVATION_H_
