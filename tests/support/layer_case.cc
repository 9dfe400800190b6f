#include "tests/support/layer_case.h"

#include <algorithm>

#include "core/kernels/kernels.h"
#include "core/parallel.h"

namespace slim {

LayerCase MakeCaseOf(const std::string& name, LayerKind kind,
                     const std::vector<std::vector<uint16_t>>& rows,
                     const std::vector<InputSpec>& inputs) {
  LayerCase c;
  c.name = name;
  c.kind = kind;
  TypeOf(kind).construct(c.layer);
  c.rows = rows;
  c.full = rows.at(0);
  for (const auto& row : rows) {
    for (size_t space = 0; space < row.size(); ++space) {
      c.full.at(space) = std::max(c.full.at(space), row[space]);
    }
  }
  c.inputs = inputs;
  return c;
}

Status InferCase(const LayerCase& c, Width width, int scalar_bytes, int64_t images, Inference* i) {
  std::vector<uint16_t> active;
  for (const auto& row : c.rows) active.insert(active.end(), row.begin(), row.end());
  *i = Inference();
  i->plan.rows = static_cast<int32_t>(c.rows.size());
  i->plan.spaces = static_cast<int32_t>(c.full.size());
  i->plan.active = active.data();
  i->plan.full = c.full.data();
  i->width = width;
  i->num_inputs = static_cast<int>(c.inputs.size());
  i->used_inputs = i->num_inputs;
  for (int k = 0; k < i->num_inputs; ++k) {
    const InputSpec& spec = c.inputs[k];
    i->inputs[k] = Shape(images > 0 ? images : spec.n, spec.h, spec.w, i->Active(spec.c));
  }
  i->scalar_bytes = scalar_bytes;
  i->workers = ParallelWorkers();
  i->tile = scalar_bytes == 8   ? GetKernels<double>().tile
            : scalar_bytes == 2 ? GetKernels<Bf16>().tile
                                : GetKernels<float>().tile;
  const Status status = TypeOf(c.kind).infer(c.layer, *i);
  i->plan.active = i->plan.full = nullptr;  // they die here
  return status;
}

}  // namespace slim
