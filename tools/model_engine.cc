#include "tools/model_engine.h"

#include <stdlib.h>

#include <new>
#include <string>

#include "core/error_host.h"
#include "core/workspace.h"

namespace slim {
namespace {

void* Allocate(int64_t bytes) {
  void* memory = aligned_alloc(kAlignment, AlignUp(bytes));
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void Require(const Graph& graph, const Status& status) {
  if (status.ok()) return;
  const bool known = status.where >= 0 && status.where < graph.num_nodes;
  throw UsageError(known ? std::string("node \"") + graph.nodes[status.where].name +
                               "\": " + status.text
                         : std::string(status.text));
}

}  // namespace

void ModelEngine::Free::operator()(void* memory) const { free(memory); }

ModelEngine::ModelEngine(const Graph& graph, const Parameters<float>& parameters, int64_t images)
    : ModelEngine(graph,
                  {[](const void* context, int32_t node, int slot, Width row) {
                     const auto& all = *static_cast<const Parameters<float>*>(context);
                     return all.At(node, slot, row).value.data();
                   },
                   &parameters},
                  images) {}

ModelEngine::ModelEngine(const Graph& graph, const WeightSource& weights, int64_t images) {
  Require(graph, CheckGraph(graph));
  const std::unique_ptr<void, Free> plan(Allocate(Engine::PlanBytes(graph)));
  Require(graph, Engine::Plan(graph, images, plan.get(), &need_));
  arena_.reset(Allocate(need_.total()));
  Require(graph, engine_.Prepare(graph, weights, images, arena_.get(), need_.total()));
}

}  // namespace slim
