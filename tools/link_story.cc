#include "tools/link_story.h"

#include <math.h>
#include <stdio.h>

namespace slim {
namespace {

constexpr double kFades = 10, kCut = 26, kBack = 30;
constexpr double kGoodRate = 60e3, kWorstRate = 6e3;  // bytes a second

double RateAt(double time_s) {
  if (time_s < kFades || time_s >= kBack) return kGoodRate;
  if (time_s >= kCut) return 0;
  return kGoodRate * pow(kWorstRate / kGoodRate, (time_s - kFades) / (kCut - kFades));
}

}  // namespace

std::string LinkStory() {
  std::string text = "time_s,rate_bytes_per_s,delay_s,jitter_s,loss\n";
  double last = -1;
  for (int i = 0; i < 4 * kStorySeconds; ++i) {
    const double time_s = i / 4.0, rate = RateAt(time_s);
    if (rate == last) continue;
    char line[96];
    snprintf(line, sizeof(line), "%.2f,%.0f,0.007,0.001,0\n", time_s, rate);
    text += line;
    last = rate;
  }
  return text;
}

const char* ChapterAt(double time_s) {
  if (time_s < kFades) return "good";
  if (time_s < kCut) return "fading";
  return time_s < kBack ? "cut" : "back";
}

}  // namespace slim
