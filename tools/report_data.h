// What a report is made of: lines that `slimsplit --json eval --split` or `export` printed, and
// those of the trace of `slimsplit device`.
#ifndef SLIMSPLIT_TOOLS_REPORT_DATA_H_
#define SLIMSPLIT_TOOLS_REPORT_DATA_H_

#include <stdint.h>

#include <string>
#include <vector>

namespace slim {

// A mode of a split network, or a baseline beside it.
struct EvalLine {
  std::string name;       // of the mode, or "local", "jpeg 95", "png"
  std::string baseline;   // "local", "jpeg", "webp", "png"; empty for a mode
  double accuracy = 0;    // 0 .. 1
  double bytes = 0;       // mean
  double scan_bytes = 0;  // of a JPEG without its header; 0: not known
  int64_t most_bytes = 0, macs = 0, parameters = 0, images = 0;
  double head_ms = 0;
};

// A frame of a run.
struct TraceLine {
  double time_s = 0, deadline_ms = 0;
  std::string mode;
  double head_ms = 0, encode_ms = 0, total_ms = 0;
  double transfer_ms = -1, server_ms = -1;  // -1: no answer came in time
  double link_bytes_per_s = -1;             // estimated; -1: no estimate yet
  int64_t bytes = 0;
  bool in_time = false, correct = false;
};

// Both throw what ReadTextFile throws, and BadInput with file and line for what is not such a line,
// and where there is none. Evaluations of local exits, which `export` prints too, are passed over.
//
// A last line that was cut short, as a program that was killed leaves it, is left out if there is a
// `note`, which then says so.
std::vector<EvalLine> ReadEvalLines(const std::string& path, std::string* note = nullptr);
std::vector<TraceLine> ReadTraceLines(const std::string& path, std::string* note = nullptr);

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_REPORT_DATA_H_
