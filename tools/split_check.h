// Whether two halves compute what the model computes that they were cut from.
#ifndef SLIMSPLIT_TOOLS_SPLIT_CHECK_H_
#define SLIMSPLIT_TOOLS_SPLIT_CHECK_H_

#include <stdint.h>

#include "autograd/model_file.h"
#include "split/runtime/model_file.h"

namespace slim {

// Largest difference between engine and tape, as a part of the largest value (or of 1).
inline constexpr double kSplitTolerance = 1e-3;

// Runs seeded noise through the model on the tape, and through head and tail on the engine, in
// every mode; the tail gets what the tape has at the cut, so that no symbol can fall to the other
// side of a rounding. `node` is that of the model where it was cut. Throws Error of kind
// kVerification with mode, half and difference when they disagree.
void VerifySplit(const LoadedModel& model, int32_t node, const ModelFile& head,
                 const ModelFile& tail, uint64_t seed);

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_SPLIT_CHECK_H_
