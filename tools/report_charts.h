// The charts of `slimsplit report`, each as inline SVG.
#ifndef SLIMSPLIT_TOOLS_REPORT_CHARTS_H_
#define SLIMSPLIT_TOOLS_REPORT_CHARTS_H_

#include <string>
#include <vector>

#include "split/link/link_profile_host.h"
#include "tools/report_data.h"

namespace slim {

// Accuracy against bytes: the modes and their upper hull, and the baselines that are there.
std::string RateAccuracyChart(const std::vector<EvalLine>& lines);

// Accuracy of each mode, in the order of the lines.
std::string ModeChart(const std::vector<EvalLine>& lines);

// Median and 99th percentile of each stage of a frame.
std::string StageChart(const std::vector<TraceLine>& frames);

// Over time: end-to-end time against the deadline, link rate, and mode. `modes` are names from the
// cheapest on, of which those that occur are shown, above those that are not among them. `link` may
// be null: what the link really was.
std::string RunChart(const std::vector<TraceLine>& frames, const std::vector<std::string>& modes,
                     const LinkProfile* link);

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_REPORT_CHARTS_H_
