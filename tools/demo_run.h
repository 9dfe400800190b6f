// The run of the demo: one tail, and heads behind links with the same story, each a process.
#ifndef SLIMSPLIT_TOOLS_DEMO_RUN_H_
#define SLIMSPLIT_TOOLS_DEMO_RUN_H_

#include <stdint.h>

#include <string>
#include <vector>

namespace slim {

constexpr double kDemoDeadlineMs = 50;

// What became of the frames of one head.
struct DemoRun {
  std::string mode;  // the only one it used; empty: it chose for each frame
  int64_t frames = 0, in_time = 0, correct = 0;

  double part_in_time() const { return static_cast<double>(in_time) / static_cast<double>(frames); }
  double part_correct() const { return static_cast<double>(correct) / static_cast<double>(frames); }
};

// Runs FOLDER/split/{head,tail}.slim on images of `data` through LinkStory: one head that chooses
// its mode, whose trace becomes FOLDER/trace.jsonl, and at the same time one per mode that knows no
// other. The story becomes FOLDER/link.csv, the key FOLDER/key. Returns the choosing one first.
// Throws Failure when a process ends badly.
std::vector<DemoRun> RunDemo(const std::string& folder, const std::string& data,
                             const std::vector<std::string>& modes, bool quiet);

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_DEMO_RUN_H_
