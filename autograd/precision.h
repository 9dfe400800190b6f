// Precision: how a tape stores what it computes.
#ifndef SLIMSPLIT_AUTOGRAD_PRECISION_H_
#define SLIMSPLIT_AUTOGRAD_PRECISION_H_

#include <string>

#include "core/error_host.h"

namespace slim {

enum class Precision {
  kFloat32,
  // Activations and their gradients as Bf16, where the layer that makes them takes it; parameters,
  // their gradients, statistics and all sums stay in float (mixed precision: Micikevicius et al.,
  // 2018; with the range of a float no loss scaling is needed: Kalamkar et al., 2019).
  kBf16,
};

// By its name, "fp32" or "bf16". Throws UsageError on any other.
inline Precision PrecisionNamed(const std::string& name) {
  if (name == "fp32") return Precision::kFloat32;
  if (name == "bf16") return Precision::kBf16;
  throw UsageError("--precision: unknown \"" + name + "\"; there are fp32 and bf16");
}

}  // namespace slim

#endif  // SLIMSPLIT_AUTOGRAD_PRECISION_H_
