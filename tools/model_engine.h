// ModelEngine: an engine for a network whose weights are in host memory, with an arena of its own.
#ifndef SLIMSPLIT_TOOLS_MODEL_ENGINE_H_
#define SLIMSPLIT_TOOLS_MODEL_ENGINE_H_

#include <memory>

#include "autograd/parameters.h"
#include "split/runtime/engine.h"

namespace slim {

// Graph and weights must outlive it.
class ModelEngine {
 public:
  // Throws UsageError that names the node when the graph cannot run.
  ModelEngine(const Graph& graph, const Parameters<float>& parameters, int64_t images);
  ModelEngine(const Graph& graph, const WeightSource& weights, int64_t images);

  Engine& engine() { return engine_; }
  const EngineNeed& need() const { return need_; }

 private:
  struct Free {
    void operator()(void* memory) const;
  };
  EngineNeed need_;
  std::unique_ptr<void, Free> arena_;
  Engine engine_;
};

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_MODEL_ENGINE_H_
