// Law "engine": the engine computes what the tape computes in evaluation mode, at every width, in
// memory exactly as large as it asked for.
#ifndef SLIMSPLIT_TESTS_SUPPORT_ENGINE_AGAINST_TAPE_H_
#define SLIMSPLIT_TESTS_SUPPORT_ENGINE_AGAINST_TAPE_H_

#include "layers/graph_builder_host.h"
#include "split/runtime/engine.h"

namespace slim {

struct EngineReport {
  EngineNeed need;
  int32_t steps = 0;  // at the widest width
};

// Draws weights, running statistics and images, and runs engine and tape at all widths, back and
// forth. Fails the test when an output differs by more than `tolerance` of the largest number, when
// a second run of a width differs in a bit, or when memory around the arena is touched.
EngineReport ExpectEngineIsTape(const OwnedGraph& graph, int64_t images, double tolerance);

}  // namespace slim

#endif  // SLIMSPLIT_TESTS_SUPPORT_ENGINE_AGAINST_TAPE_H_
