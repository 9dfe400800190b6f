#include "tools/report_page.h"

#include <algorithm>

#include "tools/report_charts.h"
#include "tools/svg_plot.h"
#include "tools/text_table.h"

namespace slim {
namespace {

constexpr char kStyle[] = R"css(
:root { --paper: #fff; --ink: #1c2430; --soft: #5b6676; --grid: #e3e7ec; --mode: #1565a8; --jpeg: #b9362b;
  --webp: #23824a; --png: #7a5c00; --local: #7b4a94; --miss: #c4261a; --truth: #8a94a3; }
@media (prefers-color-scheme: dark) { :root { --paper: #14181e; --ink: #e6eaf0; --soft: #a2adbb; --grid: #2b323c;
  --mode: #6cb6f2; --jpeg: #f28b80; --webp: #74cf98; --png: #d8b84a; --local: #cfa3e6; --miss: #ff7366;
  --truth: #7d8897; } }
body { margin: 2rem auto; max-width: 60rem; padding: 0 1rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }
p { color: var(--soft); max-width: 48rem; }
svg { width: 100%; height: auto; font: 12px system-ui, sans-serif; }
svg text { fill: var(--ink); } svg .tick { fill: var(--soft); } svg .title { fill: var(--soft); font-size: 13px; }
svg .name { font-weight: 600; }
svg .name, svg .tick { paint-order: stroke; stroke: var(--paper); stroke-width: 3px; }
polyline { fill: none; stroke-width: 2; stroke-linejoin: round; }
.grid { stroke: var(--grid); stroke-width: 1; }
.mode { stroke: var(--mode); } .jpeg, .scan { stroke: var(--jpeg); } .webp { stroke: var(--webp); }
.png { stroke: var(--png); } .local { stroke: var(--local); stroke-dasharray: 7 5; }
.scan { stroke-dasharray: 2 4; } .dot { stroke: var(--paper); stroke-width: 1; stroke-dasharray: none; }
.mode.dot { fill: var(--mode); } .jpeg.dot, .scan.dot { fill: var(--jpeg); } .webp.dot { fill: var(--webp); }
.png.dot { fill: var(--png); }
.stem { stroke: var(--grid); } .span { stroke: var(--mode); opacity: 0.45; } .frame { fill: var(--mode); } .miss { stroke: var(--miss); stroke-width: 2; fill: none; }
.deadline { stroke: var(--miss); stroke-dasharray: 7 5; stroke-width: 1.5; }
.truth { stroke: var(--truth); } .estimate { stroke: var(--mode); stroke-width: 1.5; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.9rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.2rem 0.6rem; text-align: right; border-bottom: 1px solid var(--grid); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
)css";

std::string Section(const std::string& title, const std::string& text, const std::string& body) {
  return "<h2>" + Escaped(title) + "</h2>\n<p>" + Escaped(text) + "</p>\n" + body;
}

std::string Row(const std::vector<std::string>& cells, const char* element) {
  std::string row = "<tr>";
  for (const std::string& cell : cells) {
    row += std::string("<") + element + ">" + Escaped(cell) + "</" + element + ">";
  }
  return row + "</tr>\n";
}

std::string EvaluationTable(const std::vector<EvalLine>& lines) {
  std::string table = "<div class=\"scroll\"><table>\n";
  table += Row({"mode or baseline", "accuracy", "bytes", "most bytes", "without header", "MACs",
                "parameters", "ms", "images"},
               "th");
  for (const EvalLine& line : lines) {
    table += Row({line.name, Percent(line.accuracy), Readable(line.bytes),
                  Readable(static_cast<double>(line.most_bytes)),
                  line.scan_bytes > 0 ? Readable(line.scan_bytes) : "", WithUnit(line.macs),
                  WithUnit(line.parameters), Readable(line.head_ms),
                  Readable(static_cast<double>(line.images))},
                 "td");
  }
  return table + "</table></div>\n";
}

// Names of modes from the fewest bytes on; of equals, the fewest MACs first.
std::vector<std::string> ModesByCost(std::vector<EvalLine> lines) {
  std::stable_sort(lines.begin(), lines.end(), [](const EvalLine& a, const EvalLine& b) {
    return a.bytes != b.bytes ? a.bytes < b.bytes : a.macs < b.macs;
  });
  std::vector<std::string> names;
  for (const EvalLine& line : lines) {
    if (line.baseline.empty()) names.push_back(line.name);
  }
  return names;
}

std::string RunText(const std::vector<TraceLine>& frames) {
  double in_time = 0, correct = 0, bytes = 0;
  for (const TraceLine& frame : frames) {
    in_time += frame.in_time;
    correct += frame.correct;
    bytes += static_cast<double>(frame.bytes);
  }
  const double count = static_cast<double>(frames.size());
  return Readable(count) + " frames: " + Percent(in_time / count) + " answered in time, " +
         Percent(correct / count) + " answered correctly in time, " + Readable(bytes / count) +
         " bytes a frame with its header. Red crosses are missed deadlines.";
}

}  // namespace

std::string ReportPage(const ReportContent& content) {
  const std::string title = Escaped(content.title);
  std::string page =
      "<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n<meta "
      "charset=\"utf-8\"/>\n<meta name=\"viewport\" content=\"width=device-width, "
      "initial-scale=1\"/>\n<meta name=\"color-scheme\" content=\"light dark\"/>\n<title>" +
      title + "</title>\n<style>" + kStyle + "</style>\n</head>\n<body>\n<h1>" + title + "</h1>\n";
  page += Section("Rate and accuracy",
                  "Each point is a mode: how much of the head runs, and how many bytes it sends. "
                  "Picture files are decoded and judged by the whole network.",
                  RateAccuracyChart(content.evaluation));
  page += Section("Accuracy of each mode", "Top-1, with real bytes between head and tail.",
                  ModeChart(content.evaluation));
  page +=
      Section("All numbers",
              "MACs, parameters and median milliseconds are those of the device: of the head, of "
              "the whole network (local), or of the encoder of picture files. Bytes are those "
              "of the payload or the file.",
              EvaluationTable(content.evaluation));
  if (!content.frames.empty()) {
    page += Section("Times of the stages",
                    "Transfer and server: of the frames that were answered in time. Dot: median; "
                    "bar: 99th percentile.",
                    StageChart(content.frames));
    page += Section("The run", RunText(content.frames),
                    RunChart(content.frames, ModesByCost(content.evaluation), content.link));
  }
  return page + "</body>\n</html>\n";
}

}  // namespace slim
