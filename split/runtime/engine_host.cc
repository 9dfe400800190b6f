#include "split/runtime/engine_host.h"

#include <string>

#include "core/error_host.h"

namespace slim {
namespace {

void Require(const Graph& graph, const Status& status) {
  if (status.ok()) return;
  const bool known = status.where >= 0 && status.where < graph.num_nodes;
  throw UsageError(known ? std::string("node \"") + graph.nodes[status.where].name +
                               "\": " + status.text
                         : std::string(status.text));
}

}  // namespace

HostEngine::HostEngine(const Graph& graph, const WeightSource& weights, int64_t images) {
  Require(graph, CheckGraph(graph));
  const AlignedMemory plan = AllocateAligned(Engine::PlanBytes(graph));
  Require(graph, Engine::Plan(graph, images, plan.get(), &need_));
  arena_ = AllocateAligned(need_.total());
  Require(graph, engine_.Prepare(graph, weights, images, arena_.get(), need_.total()));
}

}  // namespace slim
