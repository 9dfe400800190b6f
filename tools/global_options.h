// GlobalOptions: the options of every sub-command.
#ifndef SLIMSPLIT_TOOLS_GLOBAL_OPTIONS_H_
#define SLIMSPLIT_TOOLS_GLOBAL_OPTIONS_H_

#include <stdint.h>

#include <string>

namespace slim {

struct GlobalOptions {
  int threads = 0;  // 0: one per CPU
  uint64_t seed = 1;
  bool json = false;   // results as JSON on standard output
  bool quiet = false;  // no progress on standard error
  std::string isa;     // kernel table by name; empty: the best that this CPU runs
};

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_GLOBAL_OPTIONS_H_
