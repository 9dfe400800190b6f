// HostEngine: an engine with memory of its own.
#ifndef SLIMSPLIT_SPLIT_RUNTIME_ENGINE_HOST_H_
#define SLIMSPLIT_SPLIT_RUNTIME_ENGINE_HOST_H_

#include <stdint.h>

#include "split/runtime/engine.h"
#include "split/runtime/model_file_host.h"

namespace slim {

// Graph and weights must outlive it.
class HostEngine {
 public:
  // Throws UsageError that names the node when the graph cannot run.
  HostEngine(const Graph& graph, const WeightSource& weights, int64_t images);

  Engine& engine() { return engine_; }
  const EngineNeed& need() const { return need_; }

 private:
  EngineNeed need_;
  AlignedMemory arena_;
  Engine engine_;
};

}  // namespace slim

#endif  // SLIMSPLIT_SPLIT_RUNTIME_ENGINE_HOST_H_
