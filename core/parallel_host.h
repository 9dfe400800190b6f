// Threads for host programs: OpenMP behind core/parallel.h, with OpenBLAS kept to the calling
// thread.
#ifndef SLIMSPLIT_CORE_PARALLEL_HOST_H_
#define SLIMSPLIT_CORE_PARALLEL_HOST_H_

namespace slim {

// Uses `threads` OpenMP threads from now on; 0 means one per CPU that this process may run on.
// Returns the number in use.
int UseThreads(int threads);

// Lets waiting threads spin for some 0.1 ms only, then sleep, unless the environment already says
// how to wait. By default they spin on: where another program runs, two spinning threads can share
// a CPU and every parallel loop then takes milliseconds. OpenMP reads this before main, so the
// program starts itself anew, once; call it first, with main's argv.
void LimitSpinning(char** argv);

}  // namespace slim

#endif  // SLIMSPLIT_CORE_PARALLEL_HOST_H_
