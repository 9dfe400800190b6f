#include "core/parallel_host.h"

#include <omp.h>

#include "core/parallel.h"

namespace slim {
namespace {

void RunOnOpenMp(int workers, ParallelTask task, void* context) {
#pragma omp parallel num_threads(workers)
  {
    // OpenMP may give fewer threads than asked for; the tasks are still all run, in a fixed order
    // on each thread.
    const int threads = omp_get_num_threads();
    for (int worker = omp_get_thread_num(); worker < workers; worker += threads) {
      task(context, worker);
    }
  }
}

}  // namespace

int UseThreads(int threads) {
  if (threads <= 0) threads = omp_get_num_procs();
  if (threads > kMaxWorkers) threads = kMaxWorkers;
  omp_set_dynamic(0);
  SetParallelBackend(RunOnOpenMp, threads);
  return threads;
}

}  // namespace slim
