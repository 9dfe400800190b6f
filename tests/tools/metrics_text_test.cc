#include "tools/metrics_text.h"

#include "gtest/gtest.h"
#include "tests/split/runtime/model_file_support.h"

namespace slim {
namespace {

TEST(MetricsText, IsWhatPrometheusReads) {
  SmallSplit split;
  split.modes()[2].name = "a\\\"b\n";
  ServerCounters counters;
  counters.frames_answered = 6;
  counters.frames_refused = 1;
  counters.frames_together = 5;
  counters.answered_in_row[0] = 4;
  counters.answered_in_row[2] = 2;
  counters.durations[0] = 3;  // up to 0.25 ms
  counters.durations[2] = 2;  // up to 1 ms
  counters.durations.back() = 1;
  counters.duration_sum_us = 2500000;
  counters.payload_bytes = int64_t{1} << 40;
  counters.closed[static_cast<size_t>(LinkRule::kIdle)] = 7;
  const std::string text = MetricsText(counters, split.tail());
  for (const char* line : {
           "# TYPE slimsplit_frames_total counter",
           "slimsplit_frames_total{result=\"answered\"} 6",
           "slimsplit_frames_total{result=\"refused\"} 1",
           "slimsplit_frames_together_total 5",
           "slimsplit_mode_frames_total{mode=\"1.3\"} 4",
           "slimsplit_mode_frames_total{mode=\"2.4\"} 0",
           "slimsplit_mode_frames_total{mode=\"a\\\\\\\"b\\n\"} 2",
           "# TYPE slimsplit_frame_duration_seconds histogram",
           "slimsplit_frame_duration_seconds_bucket{le=\"0.00025\"} 3",
           "slimsplit_frame_duration_seconds_bucket{le=\"0.0005\"} 3",
           "slimsplit_frame_duration_seconds_bucket{le=\"0.001\"} 5",
           "slimsplit_frame_duration_seconds_bucket{le=\"1\"} 5",
           "slimsplit_frame_duration_seconds_bucket{le=\"+Inf\"} 6",
           "slimsplit_frame_duration_seconds_sum 2.5",
           "slimsplit_frame_duration_seconds_count 6",
           "slimsplit_payload_bytes_total 1099511627776",
           "# TYPE slimsplit_connections gauge",
           "slimsplit_connections 0",
           "slimsplit_connections_closed_total{reason=\"idle\"} 7",
           "slimsplit_connections_closed_total{reason=\"frame\"} 0",
           "slimsplit_model_info{digest=\"123456789abcdef0\"} 1",
       }) {
    EXPECT_NE(("\n" + text).find("\n" + std::string(line) + "\n"), std::string::npos)
        << line << " is not in\n"
        << text;
  }
}

}  // namespace
}  // namespace slim
