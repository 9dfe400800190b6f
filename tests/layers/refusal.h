// Why a layer refuses a case.
#ifndef SLIMSPLIT_TESTS_LAYERS_REFUSAL_H_
#define SLIMSPLIT_TESTS_LAYERS_REFUSAL_H_

#include <string>

#include "tests/support/layer_harness.h"

namespace slim {

// The text of the Status that Infer gives; empty when it accepts.
inline std::string RefusalOf(const LayerCase& c, Width width = 0) {
  Inference inference;
  return InferCase(c, width, 4, 0, &inference).text;
}

}  // namespace slim

#endif  // SLIMSPLIT_TESTS_LAYERS_REFUSAL_H_
