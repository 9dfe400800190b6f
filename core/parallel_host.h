// Threads for host programs: OpenMP behind core/parallel.h, with OpenBLAS kept to the calling
// thread.
#ifndef SLIMSPLIT_CORE_PARALLEL_HOST_H_
#define SLIMSPLIT_CORE_PARALLEL_HOST_H_

namespace slim {

// Uses `threads` OpenMP threads from now on; 0 means one per CPU that this process may run on.
// Returns the number in use.
int UseThreads(int threads);

}  // namespace slim

#endif  // SLIMSPLIT_CORE_PARALLEL_HOST_H_
