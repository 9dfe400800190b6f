// StopOnSignal: SIGINT and SIGTERM as a question that long work asks itself.
#ifndef SLIMSPLIT_TOOLS_STOP_ON_SIGNAL_H_
#define SLIMSPLIT_TOOLS_STOP_ON_SIGNAL_H_

#include <signal.h>

namespace slim {

// While one is alive the first such signal only sets Signal(); a second one ends the program at
// once. One at a time.
class StopOnSignal {
 public:
  StopOnSignal();
  ~StopOnSignal();
  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;

  // The signal that came, or 0.
  static int Signal();

 private:
  struct sigaction old_int_, old_term_;
};

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_STOP_ON_SIGNAL_H_
