#include "autograd/methods/method.h"

#include "autograd/methods/s_nets.h"
#include "autograd/methods/sandwich.h"
#include "core/error_host.h"

namespace slim {

std::unique_ptr<Method> MakeMethod(const MethodOptions& options, int num_widths) {
  if (!(options.smoothing >= 0 && options.smoothing < 1)) {
    throw UsageError("--smoothing must lie in [0, 1)");
  }
  if (options.name == "s-nets") return std::make_unique<SNets>(options.smoothing);
  if (options.name == "sandwich") {
    if (num_widths < 2) throw UsageError("--method sandwich needs at least two --widths");
    if (options.sandwich_widths < 2) throw UsageError("--sandwich-widths must be at least 2");
    return std::make_unique<Sandwich>(options.sandwich_widths, options.inplace_distillation,
                                      options.smoothing);
  }
  if (options.name == "distillation") throw UsageError("--method distillation needs a --teacher");
  throw UsageError("--method: unknown name \"" + options.name +
                   "\"; known are s-nets, sandwich, distillation");
}

}  // namespace slim
