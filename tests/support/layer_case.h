// LayerCase: one layer with a width plan and inputs, for tests.
#ifndef SLIMSPLIT_TESTS_SUPPORT_LAYER_CASE_H_
#define SLIMSPLIT_TESTS_SUPPORT_LAYER_CASE_H_

#include <string.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "layers/layer_type.h"

namespace slim {

// One input: [n][h][w][active channels of c].
struct InputSpec {
  int64_t n = 1, h = 1, w = 1;
  Channels c;
};

// A layer, the plan it lives in and the shapes of its inputs.
struct LayerCase {
  std::string name;
  LayerKind kind = LayerKind::kConv2d;
  alignas(8) unsigned char layer[kMaxLayerBytes] = {};
  std::vector<std::vector<uint16_t>> rows;  // active channels: [width][space]
  std::vector<uint16_t> full;               // [space]
  std::vector<InputSpec> inputs;
};

// `rows` as in LayerCase; a space is as large as its widest row.
LayerCase MakeCaseOf(const std::string& name, LayerKind kind,
                     const std::vector<std::vector<uint16_t>>& rows,
                     const std::vector<InputSpec>& inputs);

template <class L>
LayerCase MakeCase(const std::string& name, const L& layer,
                   const std::vector<std::vector<uint16_t>>& rows,
                   const std::vector<InputSpec>& inputs) {
  LayerKind kind;
  if (!FindLayerKind(L::kName, &kind)) throw std::runtime_error("the layer is not in layers.inc");
  LayerCase c = MakeCaseOf(name, kind, rows, inputs);
  memcpy(c.layer, &layer, sizeof(layer));
  return c;
}

// What the layer says about itself at one width, for `scalar_bytes` sized numbers; `images` > 0
// replaces the first axis of every input.
Status InferCase(const LayerCase& c, Width width, int scalar_bytes, int64_t images, Inference* i);

}  // namespace slim

#endif  // SLIMSPLIT_TESTS_SUPPORT_LAYER_CASE_H_
