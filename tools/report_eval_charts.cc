#include <math.h>
#include <stdio.h>

#include <algorithm>
#include <functional>

#include "tools/report_charts.h"
#include "tools/svg_plot.h"
#include "tools/text_table.h"

namespace slim {
namespace {

constexpr double kWide = 920, kLeft = 78, kRight = 900;

using Lines = std::vector<EvalLine>;

Lines Of(const Lines& lines, const std::string& baseline) {
  Lines some;
  for (const EvalLine& line : lines) {
    if (line.baseline == baseline) some.push_back(line);
  }
  return some;
}

std::string OneDecimal(double number) {
  char text[32];
  snprintf(text, sizeof(text), "%.1f", number);
  return text;
}

std::string Tip(const EvalLine& line, double bytes) {
  return line.name + ": " + Readable(bytes) + " bytes, " + Percent(line.accuracy);
}

// A range of accuracies in percent with room around.
Axis AccuracyAxis(const Lines& lines, double from, double to) {
  double low = 100, high = 0;
  for (const EvalLine& line : lines) {
    low = std::min(low, 100 * line.accuracy);
    high = std::max(high, 100 * line.accuracy);
  }
  const double room = std::max(0.5, 0.08 * (high - low));
  return Axis(Axis::Scale::kLinear, std::max(0.0, low - room), std::min(100.0, high + room), from,
              to);
}

struct Curve {
  std::string baseline, css, title;
  double EvalLine::*bytes;
};

const Curve kCurves[] = {{"jpeg", "jpeg", "JPEG, whole file", &EvalLine::bytes},
                         {"jpeg", "scan", "JPEG without its header", &EvalLine::scan_bytes},
                         {"webp", "webp", "WebP, whole file", &EvalLine::bytes},
                         {"png", "png", "PNG", &EvalLine::bytes}};

class RateAccuracy {
 public:
  explicit RateAccuracy(const Lines& lines)
      : lines_(lines),
        plot_(kWide, 490, "Accuracy against bytes a frame, of the modes and of picture files"),
        x_(BytesAxis(lines)),
        y_(AccuracyAxis(lines, 440, 56)) {}

  std::string Draw() {
    plot_.Horizontal(x_, y_, 12, "payload of a frame, mean bytes (logarithmic)");
    plot_.Vertical(x_, y_, 8, "top-1 accuracy, %");
    Local();
    for (const Curve& curve : kCurves) Files(curve);
    Modes();
    return plot_.ToString();
  }

 private:
  static Axis BytesAxis(const Lines& lines) {
    double low = 1e15, high = 0;
    for (const EvalLine& line : lines) {
      for (const double bytes : {line.bytes, line.scan_bytes}) {
        if (bytes <= 0) continue;
        low = std::min(low, bytes);
        high = std::max(high, bytes);
      }
    }
    return Axis(Axis::Scale::kLog, low / 1.2, high * 1.2, kLeft, kRight);
  }

  Point At(double bytes, const EvalLine& line) const {
    return {x_.At(bytes), y_.At(100 * line.accuracy)};
  }

  void Legend(const std::string& css, const std::string& title) {
    const double wide = 48 + 6.9 * static_cast<double>(title.size());
    if (legend_.x + wide > kRight) legend_ = {kLeft, legend_.y + 20};
    plot_.Line({legend_, {legend_.x + 22, legend_.y}}, css);
    plot_.Text({legend_.x + 28, legend_.y + 4}, title, "start", "legend");
    legend_.x += wide;
  }

  void Local() {
    for (const EvalLine& line : Of(lines_, "local")) {
      const double y = y_.At(100 * line.accuracy);
      plot_.Line({{x_.from(), y}, {x_.to(), y}}, "local");
      Legend("local", "whole network on the device");
    }
  }

  void Files(const Curve& curve) {
    std::vector<Point> points;
    for (const EvalLine& line : Of(lines_, curve.baseline)) {
      const double bytes = line.*curve.bytes;
      if (bytes <= 0) continue;
      points.push_back(At(bytes, line));
      plot_.Circle(points.back(), 3, curve.css + " dot", Tip(line, bytes));
      obstacles_.push_back(points.back());
    }
    if (points.empty()) return;
    std::sort(points.begin(), points.end(), [](Point a, Point b) { return a.x < b.x; });
    plot_.Line(points, curve.css);
    Legend(curve.css, curve.title);
  }

  void Modes() {
    std::vector<Point> points;
    std::vector<std::string> names;
    for (const EvalLine& line : Of(lines_, "")) {
      points.push_back(At(line.bytes, line));
      names.push_back(line.name);
      plot_.Circle(points.back(), 4.5, "mode dot", Tip(line, line.bytes));
    }
    // Of screen positions, where what is high has a small y.
    std::vector<Point> upward;
    for (const Point& p : points) upward.push_back({p.x, -p.y});
    std::vector<Point> hull = UpperHull(upward);
    for (Point& p : hull) p.y = -p.y;
    plot_.Line(hull, "mode");
    Legend("mode", "modes and their upper hull");
    plot_.NamePoints(points, names, obstacles_, "name");
  }

  const Lines& lines_;
  SvgPlot plot_;
  Axis x_, y_;
  Point legend_ = {kLeft, 16};
  std::vector<Point> obstacles_;
};

}  // namespace

std::string RateAccuracyChart(const Lines& lines) { return RateAccuracy(lines).Draw(); }

std::string ModeChart(const Lines& lines) {
  const Lines modes = Of(lines, ""), local = Of(lines, "local");
  Lines shown = modes;
  shown.insert(shown.end(), local.begin(), local.end());
  SvgPlot plot(kWide, 330, "Accuracy of each mode");
  const Axis y = AccuracyAxis(shown, 260, 40);
  const Axis x(Axis::Scale::kLinear, 0, static_cast<double>(modes.size()), kLeft, kRight);
  plot.Vertical(x, y, 6, "top-1 accuracy, %");
  for (const EvalLine& line : local) {
    const double at = y.At(100 * line.accuracy);
    plot.Line({{x.from(), at}, {x.to(), at}}, "local");
    plot.Text({x.to(), 26}, "dashed: whole network on the device, " + Percent(line.accuracy), "end",
              "legend");
  }
  // Many modes: not each has room for its numbers.
  const size_t every = modes.size() / 17 + 1;
  for (size_t i = 0; i < modes.size(); ++i) {
    const Point at = {x.At(static_cast<double>(i) + 0.5), y.At(100 * modes[i].accuracy)};
    plot.Line({{at.x, y.from()}, at}, "stem");
    plot.Circle(at, 4.5, "mode dot", Tip(modes[i], modes[i].bytes));
    if (i % every != 0) continue;
    plot.Text({at.x, at.y - 10}, OneDecimal(100 * modes[i].accuracy), "middle", "tick");
    plot.Text({at.x, y.from() + 18}, modes[i].name, "middle", "name");
    plot.Text({at.x, y.from() + 34}, Readable(round(modes[i].bytes)) + " B", "middle", "tick");
  }
  plot.Text({(x.from() + x.to()) / 2, y.from() + 58}, "mode, and its mean payload", "middle",
            "title");
  return plot.ToString();
}

}  // namespace slim
