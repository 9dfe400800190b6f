#include "tools/metrics_text.h"

#include <stdio.h>

#include "split/runtime/model_file_host.h"

namespace slim {
namespace {

std::string Quoted(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '\n') {
      quoted += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

std::string Seconds(double us) {
  char text[32];
  snprintf(text, sizeof(text), "%.9g", 1e-6 * us);
  return text;
}

class Text {
 public:
  // What follows are samples of this metric.
  void Begin(const std::string& name, const char* type, const char* help) {
    name_ = "slimsplit_" + name;
    text_ += "# HELP " + name_ + " " + help + "\n# TYPE " + name_ + " " + type + "\n";
  }
  void Add(const std::string& suffix, const std::string& label, const std::string& value,
           const std::string& sample) {
    text_ += name_ + suffix;
    if (!label.empty()) text_ += "{" + label + "=" + Quoted(value) + "}";
    text_ += " " + sample + "\n";
  }
  void Add(const std::string& label, const std::string& value, int64_t sample) {
    Add("", label, value, std::to_string(sample));
  }
  void One(const std::string& name, const char* type, const char* help, int64_t sample) {
    Begin(name, type, help);
    Add("", "", sample);
  }

  const std::string& text() const { return text_; }

 private:
  std::string name_, text_;
};

}  // namespace

std::string MetricsText(const ServerCounters& counters, const ModelFile& tail) {
  Text text;
  text.Begin("frames_total", "counter", "Frames of features, by what became of them.");
  text.Add("result", "answered", counters.frames_answered);
  text.Add("result", "refused", counters.frames_refused);
  text.One("frames_together_total", "counter", "Frames handled together with others of their mode.",
           counters.frames_together);
  text.Begin("mode_frames_total", "counter", "Frames answered, by mode.");
  for (Width row = 0; row < tail.graph.plan.rows; ++row) {
    text.Add("mode", tail.modes[row].name, counters.answered_in_row[static_cast<size_t>(row)]);
  }
  text.Begin("frame_duration_seconds", "histogram",
             "From the last byte of a frame to the first of its answer.");
  int64_t frames = 0;
  for (size_t bucket = 0; bucket < counters.durations.size(); ++bucket) {
    frames += counters.durations[bucket];
    const bool last = bucket == std::size(kDurationBoundsUs);
    text.Add("_bucket", "le",
             last ? "+Inf" : Seconds(static_cast<double>(kDurationBoundsUs[bucket])),
             std::to_string(frames));
  }
  text.Add("_sum", "", "", Seconds(static_cast<double>(counters.duration_sum_us)));
  text.Add("_count", "", "", std::to_string(frames));
  text.One("payload_bytes_total", "counter", "Bytes of features.", counters.payload_bytes);
  text.One("pings_total", "counter", "Pings answered.", counters.pings);
  text.One("connections", "gauge", "Devices connected now.", counters.connections);
  text.One("connections_accepted_total", "counter", "Handshakes done.", counters.accepted);
  text.Begin("connections_closed_total", "counter", "Connections closed, by the rule they broke.");
  for (int rule = 0; rule < kLinkRules; ++rule) {
    text.Add("reason", NameOf(static_cast<LinkRule>(rule)),
             counters.closed[static_cast<size_t>(rule)]);
  }
  text.Begin("model_info", "gauge", "The model that is served.");
  text.Add("digest", DigestText(tail), 1);
  return text.text();
}

}  // namespace slim
