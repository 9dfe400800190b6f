// Progress: a bar with the time left on a terminal, plain lines elsewhere; always on standard
// error.
#ifndef SLIMSPLIT_TOOLS_PROGRESS_H_
#define SLIMSPLIT_TOOLS_PROGRESS_H_

#include <stdint.h>

#include <string>

namespace slim {

class Progress {
 public:
  // `total` units of work in all, of which `done` are behind us. Shows nothing when `quiet`.
  Progress(const std::string& title, int64_t total, int64_t done, bool quiet);
  ~Progress();

  // Says how far the work is; `note` is shown beside it. Redraws at most every 0.1 s (a line every
  // 15 s elsewhere).
  void Update(int64_t done, const std::string& note);
  // Takes the bar away, so that other text can be printed.
  void Clear();

 private:
  void Draw(int64_t done, const std::string& note, double now);

  const std::string title_;
  const int64_t total_, first_;
  const bool quiet_, terminal_;
  const double start_;
  double drawn_ = 0;
  bool visible_ = false;
};

// Seconds of a clock that only goes forward.
double SecondsNow();

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_PROGRESS_H_
