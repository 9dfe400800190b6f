#include "core/parallel_host.h"

#include <omp.h>
#include <stdlib.h>
#include <unistd.h>

#include <initializer_list>

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

void LimitSpinning(char** argv) {
  // Where threads are bound, this one already is, and the new start would inherit its one CPU.
  for (const char* name : {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME", "OMP_PROC_BIND",
                           "OMP_PLACES", "GOMP_CPU_AFFINITY", "KMP_AFFINITY"}) {
    if (getenv(name) != nullptr) return;
  }
  setenv("GOMP_SPINCOUNT", "5000", 1);  // GNU's library: rounds of a loop
  setenv("KMP_BLOCKTIME", "1", 1);      // LLVM's: milliseconds
  execv("/proc/self/exe", argv);        // returns only when it failed: then threads spin
}

}  // namespace slim
