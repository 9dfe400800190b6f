#include "tools/report_data.h"

#include <algorithm>
#include <functional>

#include "core/error_host.h"
#include "core/file_host.h"
#include "core/json_host.h"
#include "core/json_place_host.h"

namespace slim {
namespace {

constexpr int64_t kMostBytes = int64_t{1} << 28;
constexpr int64_t kMost = int64_t{1} << 53;  // what a double holds exactly

// The text up to a last line that was cut short: one without an end that is no JSON either.
std::string Whole(const std::string& path, std::string text, std::string* note) {
  if (note == nullptr || text.empty() || text.back() == '\n') return text;
  const size_t last = text.rfind('\n') + 1;
  if (nlohmann::json::accept(text.begin() + static_cast<int64_t>(last), text.end())) return text;
  *note = path + ": the last line was cut short and is left out";
  text.resize(last);
  return text;
}

void ForEachLine(const std::string& path, std::string* note,
                 const std::function<void(const JsonPlace&)>& read) {
  const std::string text = Whole(path, ReadTextFile(path, kMostBytes), note);
  int64_t number = 0;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::string source = path + ":" + std::to_string(++number);
    const nlohmann::json line = ParseJson(source, text.data() + begin, end - begin);
    const JsonPlace place(source, "line", line);
    if (!line.is_object()) place.Refuse("not a JSON object");
    read(place);
    begin = end + 1;
  }
}

double NumberOf(const JsonPlace& line, const char* name, double low, double high) {
  const JsonPlace place = line.Member(name);
  const double number = static_cast<double>(place.Float());
  if (number < low || number > high) {
    place.Refuse("not in [" + std::to_string(low) + ", " + std::to_string(high) + "]");
  }
  return number;
}

double Amount(const JsonPlace& line, const char* name) { return NumberOf(line, name, 0, 1e15); }
int64_t Count(const JsonPlace& line, const char* name) {
  return line.Member(name).Integer(0, kMost);
}

bool Flag(const JsonPlace& line, const char* name) {
  const JsonPlace place = line.Member(name);
  if (!place.value().is_boolean()) place.Refuse("neither true nor false");
  return place.value().get<bool>();
}

EvalLine EvalLineOf(const JsonPlace& line) {
  EvalLine result;
  if (line.Has("mode")) {
    result.name = line.Member("mode").Text();
  } else if (line.Has("baseline")) {
    result.name = result.baseline = line.Member("baseline").Text();
    if (line.Has("quality")) result.name += " " + std::to_string(Count(line, "quality"));
  } else {
    line.Refuse("neither a \"mode\" nor a \"baseline\" of slimsplit eval --split --json");
  }
  if (!line.Has("accuracy")) line.Refuse("no \"accuracy\": export without --data measures none");
  result.accuracy = NumberOf(line, "accuracy", 0, 1);
  result.bytes = Amount(line, "bytes");
  if (line.Has("bytes_without_header")) result.scan_bytes = Amount(line, "bytes_without_header");
  result.most_bytes = Count(line, "most_bytes");
  result.macs = Count(line, "head_macs");
  result.parameters = Count(line, "head_parameters");
  result.images = Count(line, "images");
  result.head_ms = Amount(line, "head_ms");
  return result;
}

TraceLine TraceLineOf(const JsonPlace& line) {
  TraceLine frame;
  frame.time_s = Amount(line, "time_s");
  frame.deadline_ms = Amount(line, "deadline_ms");
  frame.mode = line.Member("mode").Text();
  frame.head_ms = Amount(line, "head_ms");
  frame.encode_ms = Amount(line, "encode_ms");
  frame.total_ms = Amount(line, "total_ms");
  frame.in_time = Flag(line, "in_time");
  if (line.Has("transfer_ms")) {
    frame.transfer_ms = NumberOf(line, "transfer_ms", -1e15, 1e15);
    frame.server_ms = Amount(line, "server_ms");
  }
  // No number (JSON has no NaN) where there is no estimate.
  if (line.Member("link_bytes_per_s").value().is_number()) {
    frame.link_bytes_per_s = Amount(line, "link_bytes_per_s");
  }
  frame.bytes = Count(line, "bytes");
  frame.correct = line.Has("correct") && Flag(line, "correct");
  return frame;
}

}  // namespace

std::vector<EvalLine> ReadEvalLines(const std::string& path, std::string* note) {
  std::vector<EvalLine> lines;
  bool modes = false;
  ForEachLine(path, note, [&](const JsonPlace& line) {
    if (line.Has("local_exit")) return;
    lines.push_back(EvalLineOf(line));
    modes = modes || lines.back().baseline.empty();
  });
  if (!modes) {
    throw BadInput(path + ": no line of a mode; make it with slimsplit --json eval --split");
  }
  return lines;
}

std::vector<TraceLine> ReadTraceLines(const std::string& path, std::string* note) {
  std::vector<TraceLine> lines;
  ForEachLine(path, note, [&](const JsonPlace& line) {
    lines.push_back(TraceLineOf(line));
    if (lines.size() > 1 && lines.back().time_s < lines[lines.size() - 2].time_s) {
      line.Member("time_s").Refuse("less than in the line before");
    }
  });
  if (lines.empty()) {
    throw BadInput(path + ": no line of a frame; make it with slimsplit device --trace");
  }
  return lines;
}

}  // namespace slim
