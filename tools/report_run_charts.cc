#include <math.h>

#include <algorithm>
#include <set>
#include <utility>

#include "tools/percentile.h"
#include "tools/report_charts.h"
#include "tools/svg_plot.h"

namespace slim {
namespace {

constexpr double kWide = 920, kLeft = 110, kRight = 900;

using Frames = std::vector<TraceLine>;

struct Stage {
  const char* name;
  double TraceLine::*ms;
};

const Stage kStages[] = {{"head", &TraceLine::head_ms},
                         {"encode", &TraceLine::encode_ms},
                         {"transfer", &TraceLine::transfer_ms},
                         {"server", &TraceLine::server_ms},
                         {"end to end", &TraceLine::total_ms}};

std::string Milliseconds(double ms) { return Readable(ms) + " ms"; }

// Draws a long run as a short one: a mark where one is already is not drawn again.
class Marks {
 public:
  bool IsNew(Point at) {
    return drawn_.insert({static_cast<int>(2 * at.x), static_cast<int>(2 * at.y)}).second;
  }

 private:
  std::set<std::pair<int, int>> drawn_;
};

// Of `modes` those that the frames use, after those that only the frames name.
std::vector<std::string> UsedModes(const Frames& frames, const std::vector<std::string>& modes) {
  std::set<std::string> others;
  for (const TraceLine& frame : frames) others.insert(frame.mode);
  std::vector<std::string> used;
  for (const std::string& mode : modes) {
    if (others.erase(mode) > 0) used.push_back(mode);
  }
  used.insert(used.begin(), others.begin(), others.end());
  return used;
}

class Run {
 public:
  Run(const Frames& frames, const std::vector<std::string>& modes, const LinkProfile* link)
      : frames_(frames),
        link_(link),
        modes_(UsedModes(frames, modes)),
        bottom_(468 + 22 * static_cast<double>(modes_.size())),
        plot_(kWide, bottom_ + 56, "A run over time: end-to-end time, link rate and mode"),
        x_(Axis::Scale::kLinear, floor(frames.front().time_s), frames.back().time_s, kLeft,
           kRight) {}

  std::string Draw() {
    Times();
    Rates();
    Modes();
    return plot_.ToString();
  }

 private:
  std::string Tip(const TraceLine& frame) const {
    return Readable(frame.time_s) + " s: mode " + frame.mode + ", " + Milliseconds(frame.total_ms) +
           (frame.in_time ? "" : ", missed");
  }

  void Mark(const TraceLine& frame, Point at, Marks* marks) {
    if (!marks->IsNew(at)) return;
    if (frame.in_time) {
      plot_.Circle(at, 1.7, "frame", Tip(frame));
    } else {
      plot_.Cross(at, 4, "miss", Tip(frame));
    }
  }

  void Times() {
    double most = 0, missed = 0;
    for (const TraceLine& frame : frames_) {
      most = std::max({most, frame.deadline_ms, std::min(frame.total_ms, 2 * frame.deadline_ms)});
      missed += !frame.in_time;
    }
    const Axis y(Axis::Scale::kLinear, 0, 1.12 * most, 210, 40);
    plot_.Horizontal(x_, y, 10, "");
    plot_.Vertical(x_, y, 5, "end to end, ms");
    std::vector<Point> deadline;
    for (const TraceLine& frame : frames_) {
      const double at = y.At(frame.deadline_ms);
      if (deadline.empty() || deadline.back().y != at || &frame == &frames_.back()) {
        if (!deadline.empty()) deadline.push_back({x_.At(frame.time_s), deadline.back().y});
        deadline.push_back({x_.At(frame.time_s), at});
      }
    }
    plot_.Line(deadline, "deadline");
    Marks marks;
    for (const TraceLine& frame : frames_) {
      Mark(frame, {x_.At(frame.time_s), y.At(frame.total_ms)}, &marks);
    }
    plot_.Line({{kLeft, 20}, {kLeft + 22, 20}}, "deadline");
    plot_.Text({kLeft + 28, 24}, "deadline", "start", "legend");
    plot_.Circle({kLeft + 110, 20}, 2.5, "frame");
    plot_.Text({kLeft + 120, 24}, "answer in time", "start", "legend");
    plot_.Cross({kLeft + 240, 20}, 4, "miss");
    plot_.Text({kLeft + 250, 24}, "missed: " + Readable(missed) + " frames", "start", "legend");
  }

  void Rates() {
    std::vector<Point> truth, estimate;
    double low = 1e15, high = 0;
    const auto see = [&](double rate) {
      if (rate > 0) low = std::min(low, rate), high = std::max(high, rate);
    };
    for (const TraceLine& frame : frames_) {
      if (frame.link_bytes_per_s > 0) {
        estimate.push_back({frame.time_s, frame.link_bytes_per_s * 1e-3});
        see(estimate.back().y);
      }
    }
    if (link_ != nullptr) {
      const double end = frames_.back().time_s;
      for (const LinkSample& sample : link_->samples()) {
        if (sample.time_s > end) break;
        const double rate = sample.rate_bytes_per_s * 1e-3;
        if (!truth.empty()) truth.push_back({sample.time_s, truth.back().y});
        truth.push_back({sample.time_s, rate});
        see(rate);
      }
      truth.push_back({end, truth.back().y});
    }
    if (high == 0) low = high = 1;
    const Axis y(Axis::Scale::kLog, low / 1.3, high * 1.3, 410, 270);
    plot_.Horizontal(x_, y, 10, "");
    plot_.Vertical(x_, y, 5, "link, kB/s");
    Trail(truth, y, "truth");
    Trail(estimate, y, "estimate");
    plot_.Line({{kLeft, 254}, {kLeft + 22, 254}}, "estimate");
    plot_.Text({kLeft + 28, 258}, "estimated by the device", "start", "legend");
    if (link_ == nullptr) return;
    plot_.Line({{kLeft + 220, 254}, {kLeft + 242, 254}}, "truth");
    plot_.Text({kLeft + 248, 258}, "true rate; at the lower edge nothing passes", "start",
               "legend");
  }

  void Trail(const std::vector<Point>& points, const Axis& y, const std::string& css) {
    std::vector<Point> pixels;
    for (const Point& p : points) {
      const Point at = {x_.At(p.x), y.At(p.y)};
      if (pixels.empty() ||
          std::abs(pixels.back().x - at.x) + std::abs(pixels.back().y - at.y) > 0.4) {
        pixels.push_back(at);
      }
    }
    plot_.Line(pixels, css);
  }

  void Modes() {
    const Axis y(Axis::Scale::kLinear, 0, static_cast<double>(modes_.size()), bottom_, 468);
    plot_.Horizontal(x_, y, 10, "time, s");
    plot_.Upright({kLeft - 54, (y.from() + y.to()) / 2}, "mode");
    std::vector<double> rows;
    for (size_t m = 0; m < modes_.size(); ++m) {
      rows.push_back(y.At(static_cast<double>(m) + 0.5));
      plot_.Line({{x_.from(), rows[m]}, {x_.to(), rows[m]}}, "grid");
      plot_.Text({x_.from() - 8, rows[m] + 4}, modes_[m], "end", "name");
    }
    Marks marks;
    for (const TraceLine& frame : frames_) {
      const auto m = std::find(modes_.begin(), modes_.end(), frame.mode) - modes_.begin();
      Mark(frame, {x_.At(frame.time_s), rows[static_cast<size_t>(m)]}, &marks);
    }
  }

  const Frames& frames_;
  const LinkProfile* link_;
  const std::vector<std::string> modes_;
  const double bottom_;
  SvgPlot plot_;
  const Axis x_;
};

}  // namespace

std::string StageChart(const Frames& frames) {
  constexpr double kRowHigh = 34;
  struct Row {
    const char* name;
    double median, p99;
  };
  std::vector<Row> rows;
  double low = 1e15, high = 0;
  for (const Stage& stage : kStages) {
    std::vector<double> times;
    for (const TraceLine& frame : frames) {
      const bool answered = frame.transfer_ms >= 0 || stage.ms == &TraceLine::total_ms ||
                            stage.ms == &TraceLine::head_ms || stage.ms == &TraceLine::encode_ms;
      if (answered) times.push_back(std::max(frame.*stage.ms, 1e-3));
    }
    if (times.empty()) continue;
    rows.push_back({stage.name, Percentile(&times, 0.5), Percentile(&times, 0.99)});
    low = std::min(low, rows.back().median);
    high = std::max(high, rows.back().p99);
  }
  const double bottom = 36 + kRowHigh * static_cast<double>(rows.size());
  SvgPlot plot(kWide, bottom + 56, "Median and 99th percentile of the time of each stage");
  const Axis x(Axis::Scale::kLog, low / 1.5, high * 1.5, kLeft, 690);
  const Axis y(Axis::Scale::kLinear, 0, 1, bottom, 30);
  plot.Horizontal(x, y, 10, "time, ms (logarithmic)");
  plot.Text({kRight - 100, 20}, "median", "end", "legend");
  plot.Text({kRight, 20}, "99th percentile", "end", "legend");
  for (size_t i = 0; i < rows.size(); ++i) {
    const double at = 30 + kRowHigh * (static_cast<double>(i) + 0.5);
    plot.Line({{x.At(rows[i].median), at}, {x.At(rows[i].p99), at}}, "span");
    plot.Circle({x.At(rows[i].median), at}, 5, "mode dot", Milliseconds(rows[i].median));
    plot.Line({{x.At(rows[i].p99), at - 7}, {x.At(rows[i].p99), at + 7}}, "span");
    plot.Text({kLeft - 10, at + 4}, rows[i].name, "end", "name");
    plot.Text({kRight - 100, at + 4}, Milliseconds(rows[i].median), "end", "tick");
    plot.Text({kRight, at + 4}, Milliseconds(rows[i].p99), "end", "tick");
  }
  return plot.ToString();
}

std::string RunChart(const Frames& frames, const std::vector<std::string>& modes,
                     const LinkProfile* link) {
  return Run(frames, modes, link).Draw();
}

}  // namespace slim
