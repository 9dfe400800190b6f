// The one owner of threads: every loop that runs in parallel goes through ParallelFor.
//
// Work is cut into one contiguous chunk per thread, the same for the same count and number of
// threads, so results that are reduced in worker order do not change from run to run. Without a
// host backend (devices) loops run on the caller.
#ifndef SLIMSPLIT_CORE_PARALLEL_H_
#define SLIMSPLIT_CORE_PARALLEL_H_

#include <stdint.h>

namespace slim {

// Most workers a loop may have; bounds scratch memory that is kept per worker.
inline constexpr int kMaxWorkers = 64;

using ParallelTask = void (*)(void* context, int worker);
// Runs task(context, 0 .. workers-1), possibly at once, and returns when all are done.
using ParallelBackend = void (*)(int workers, ParallelTask task, void* context);

// Installs the way threads are started and how many may be used. Call before any loop runs.
void SetParallelBackend(ParallelBackend backend, int workers);
// Workers that a loop of enough items gets.
int ParallelWorkers();
void RunParallel(int workers, ParallelTask task, void* context);

// Calls body(begin, end, worker) on disjoint ranges that cover [0, count). At most one call per
// worker; a loop gets fewer workers when that would leave less than `grain` items to each.
template <class Body>
void ParallelFor(int64_t count, int64_t grain, const Body& body) {
  int64_t workers = ParallelWorkers();
  if (workers > count / grain) workers = count / grain;
  if (workers <= 1) {
    if (count > 0) body(int64_t{0}, count, 0);
    return;
  }
  struct Context {
    const Body* body;
    int64_t count, workers;
  } context = {&body, count, workers};
  RunParallel(
      static_cast<int>(workers),
      [](void* pointer, int worker) {
        const Context& c = *static_cast<const Context*>(pointer);
        (*c.body)(c.count * worker / c.workers, c.count * (worker + 1) / c.workers, worker);
      },
      &context);
}

}  // namespace slim

#endif  // SLIMSPLIT_CORE_PARALLEL_H_
