// The thread's own CPU time: what else a machine does hardly counts.
#ifndef SLIMSPLIT_TOOLS_BENCH_CPU_CLOCK_H_
#define SLIMSPLIT_TOOLS_BENCH_CPU_CLOCK_H_

#include <time.h>

namespace slim {

inline double CpuSeconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_BENCH_CPU_CLOCK_H_
