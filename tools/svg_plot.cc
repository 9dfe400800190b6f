#include "tools/svg_plot.h"

#include <math.h>
#include <stdio.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace slim {
namespace {

// "12.3": a hundredth of a pixel is not seen.
std::string Px(double pixels) {
  char text[32];
  snprintf(text, sizeof(text), "%.1f", pixels);
  return text;
}

std::string At(Point at, const char* x = "x", const char* y = "y") {
  return std::string(x) + "=\"" + Px(at.x) + "\" " + y + "=\"" + Px(at.y) + "\"";
}

// An element that may show a text on hovering.
std::string Closed(const std::string& name, const std::string& tip) {
  return tip.empty() ? "/>\n" : "><title>" + Escaped(tip) + "</title></" + name + ">\n";
}

struct Frame {
  double left, top, right, bottom;
  bool Meets(const Frame& other) const {
    return left < other.right && other.left < right && top < other.bottom && other.top < bottom;
  }
};

}  // namespace

std::string Escaped(const std::string& text) {
  // The library replaces invalid UTF-8; its quotes are taken off again.
  using Json = nlohmann::json;
  const std::string dumped = Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
  const Json clean = Json::parse(dumped);
  std::string result;
  for (const char c : clean.get<std::string>()) {
    if (c == '&') {
      result += "&amp;";
    } else if (c == '<') {
      result += "&lt;";
    } else if (c == '>') {
      result += "&gt;";
    } else if (c == '"') {
      result += "&quot;";
    } else {
      result += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c;
    }
  }
  return result;
}

std::vector<Point> UpperHull(std::vector<Point> points) {
  std::sort(points.begin(), points.end(),
            [](Point a, Point b) { return a.x != b.x ? a.x < b.x : a.y > b.y; });
  std::vector<Point> hull;
  for (const Point& p : points) {
    if (!hull.empty() && p.y <= hull.back().y) continue;  // more to the right, and no higher
    while (hull.size() >= 2) {
      const Point a = hull[hull.size() - 2], b = hull.back();
      if ((b.y - a.y) * (p.x - a.x) > (p.y - a.y) * (b.x - a.x)) break;
      hull.pop_back();
    }
    hull.push_back(p);
  }
  return hull;
}

Axis::Axis(Scale scale, double low, double high, double from, double to)
    : scale_(scale), low_(low), high_(high), from_(from), to_(to) {
  if (scale == Scale::kLog) {
    low_ = std::max(low_, 1e-9);
    if (high_ < low_ * 1.5) high_ = low_ * 1.5;
  } else if (high_ - low_ < 1e-9) {
    high_ = low_ + 1;
  }
}

double Axis::At(double number) const {
  const double clamped = std::min(std::max(number, low_), high_);
  const double part = scale_ == Scale::kLog ? log(clamped / low_) / log(high_ / low_)
                                            : (clamped - low_) / (high_ - low_);
  return from_ + part * (to_ - from_);
}

std::vector<double> Axis::Ticks(int most) const {
  std::vector<double> ticks;
  if (scale_ == Scale::kLog) {
    static const std::vector<std::vector<double>> kDigits = {{1, 2, 5}, {1, 3}, {1}};
    for (const std::vector<double>& digits : kDigits) {
      ticks.clear();
      for (int e = static_cast<int>(floor(log10(low_))); e <= log10(high_); ++e) {
        for (const double digit : digits) {
          const double tick = digit * pow(10, e);
          if (tick >= low_ * 0.9999 && tick <= high_ * 1.0001) ticks.push_back(tick);
        }
      }
      if (static_cast<int>(ticks.size()) <= most) break;
    }
    return ticks;
  }
  double step = pow(10, floor(log10((high_ - low_) / most)));
  for (const double factor : {2.0, 2.5, 2.0}) {  // 1, 2, 5, 10 times a power of ten
    if ((high_ - low_) / step <= most) break;
    step *= factor;
  }
  // Counted, as numbers of any size may be drawn: to 1e16 there is nothing to add 1 to.
  const double first = ceil(low_ / step - 1e-6);
  for (int k = 0; k <= most && (first + k) * step <= high_ + 1e-6 * step; ++k) {
    const double i = first + k;
    ticks.push_back(i == 0 ? 0 : i * step);
  }
  return ticks;
}

SvgPlot::SvgPlot(double width, double height, const std::string& label)
    : head_("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + Px(width) + " " +
            Px(height) + "\" role=\"img\" aria-label=\"" + Escaped(label) + "\">\n") {}

void SvgPlot::Line(const std::vector<Point>& points, const std::string& css) {
  body_ += "<polyline class=\"" + css + "\" points=\"";
  for (const Point& p : points) body_ += Px(p.x) + "," + Px(p.y) + " ";
  body_ += "\"/>\n";
}

void SvgPlot::Circle(Point at, double radius, const std::string& css, const std::string& tip) {
  body_ += "<circle class=\"" + css + "\" " + slim::At(at, "cx", "cy") + " r=\"" + Px(radius) +
           "\"" + Closed("circle", tip);
}

void SvgPlot::Cross(Point at, double r, const std::string& css, const std::string& tip) {
  const std::string side = Px(2 * r);
  body_ += "<path class=\"" + css + "\" d=\"M" + Px(at.x - r) + " " + Px(at.y - r) + "l" + side +
           " " + side + "m0 -" + side + "l-" + side + " " + side + "\"" + Closed("path", tip);
}

void SvgPlot::Box(Point corner, double width, double height, const std::string& css) {
  body_ += "<rect class=\"" + css + "\" " + slim::At(corner) + " width=\"" + Px(width) +
           "\" height=\"" + Px(height) + "\"/>\n";
}

void SvgPlot::Text(Point at, const std::string& text, const std::string& anchor,
                   const std::string& css) {
  body_ += "<text class=\"" + css + "\" " + slim::At(at) + " text-anchor=\"" + anchor + "\">" +
           Escaped(text) + "</text>\n";
}

void SvgPlot::Upright(Point at, const std::string& text) {
  body_ += "<text class=\"title\" text-anchor=\"middle\" transform=\"translate(" + Px(at.x) + " " +
           Px(at.y) + ") rotate(-90)\">" + Escaped(text) + "</text>\n";
}

void SvgPlot::Horizontal(const Axis& x, const Axis& y, int most_ticks, const std::string& title) {
  const double bottom = std::max(y.from(), y.to()), top = std::min(y.from(), y.to());
  for (const double tick : x.Ticks(most_ticks)) {
    const double at = x.At(tick);
    Line({{at, top}, {at, bottom}}, "grid");
    Text({at, bottom + 18}, Readable(tick), "middle", "tick");
  }
  if (!title.empty()) Text({(x.from() + x.to()) / 2, bottom + 40}, title, "middle", "title");
}

void SvgPlot::Vertical(const Axis& x, const Axis& y, int most_ticks, const std::string& title) {
  for (const double tick : y.Ticks(most_ticks)) {
    const double at = y.At(tick);
    Line({{x.from(), at}, {x.to(), at}}, "grid");
    Text({x.from() - 8, at + 4}, Readable(tick), "end", "tick");
  }
  Upright({x.from() - 54, (y.from() + y.to()) / 2}, title);
}

void SvgPlot::NamePoints(const std::vector<Point>& points, const std::vector<std::string>& names,
                         const std::vector<Point>& obstacles, const std::string& css) {
  std::vector<Frame> taken;
  for (const Point& p : obstacles) taken.push_back({p.x - 5, p.y - 5, p.x + 5, p.y + 5});
  for (const Point& p : points) taken.push_back({p.x - 5, p.y - 5, p.x + 5, p.y + 5});
  for (size_t i = 0; i < points.size(); ++i) {
    const double wide = 7.0 * static_cast<double>(names[i].size()), high = 12;
    // Above, below, right, left, and the corners.
    const Point centres[] = {{0, -13},
                             {0, 14},
                             {wide / 2 + 9, 0},
                             {-wide / 2 - 9, 0},
                             {wide / 2 + 6, -10},
                             {-wide / 2 - 6, -10},
                             {wide / 2 + 6, 11},
                             {-wide / 2 - 6, 11}};
    for (const Point& shift : centres) {
      const Point c = {points[i].x + shift.x, points[i].y + shift.y};
      const Frame frame = {c.x - wide / 2, c.y - high / 2, c.x + wide / 2, c.y + high / 2};
      if (std::any_of(taken.begin(), taken.end(), [&](const Frame& f) { return f.Meets(frame); })) {
        continue;
      }
      taken.push_back(frame);
      Text({c.x, c.y + 4}, names[i], "middle", css);
      break;
    }
  }
}

std::string SvgPlot::ToString() const { return head_ + body_ + "</svg>\n"; }

std::string Readable(double number) {
  char text[48];
  snprintf(text, sizeof(text), "%.*f", number < 0.1 ? 3 : number < 10 ? 2 : 1, number);
  std::string digits = text;
  digits.erase(digits.find_last_not_of('0') + 1);
  if (digits.back() == '.') digits.pop_back();
  const size_t point = std::min(digits.find('.'), digits.size());
  for (size_t at = point; at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

}  // namespace slim
