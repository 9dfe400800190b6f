#include "core/parallel.h"

namespace slim {
namespace {

void RunOnCaller(int workers, ParallelTask task, void* context) {
  for (int worker = 0; worker < workers; ++worker) task(context, worker);
}

ParallelBackend active_backend = RunOnCaller;
int active_workers = 1;

}  // namespace

void SetParallelBackend(ParallelBackend backend, int workers) {
  active_backend = backend;
  active_workers = workers < 1 ? 1 : workers > kMaxWorkers ? kMaxWorkers : workers;
}

int ParallelWorkers() { return active_workers; }

void RunParallel(int workers, ParallelTask task, void* context) {
  active_backend(workers, task, context);
}

}  // namespace slim
