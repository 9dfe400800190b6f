// SvgPlot: one chart of a page as inline SVG. Colours are CSS classes, so that the page decides
// what they are in light and in dark.
#ifndef SLIMSPLIT_TOOLS_SVG_PLOT_H_
#define SLIMSPLIT_TOOLS_SVG_PLOT_H_

#include <string>
#include <vector>

namespace slim {

// A point of a chart, in pixels or in units of its axes.
struct Point {
  double x = 0, y = 0;
};

// Text for HTML: markup characters become entities, control characters and invalid UTF-8 a '?'.
std::string Escaped(const std::string& text);

// The upper hull of points from the leftmost to the highest, by x: no point lies above it, and it
// bends only downwards.
std::vector<Point> UpperHull(std::vector<Point> points);

// Lays the numbers [low, high] over the pixels [from, to].
class Axis {
 public:
  enum class Scale { kLinear, kLog };

  // Takes the range a little wider where it is empty. A logarithmic one starts above 0.
  Axis(Scale scale, double low, double high, double from, double to);

  double At(double number) const;
  // Round numbers within the range, at most about `most`.
  std::vector<double> Ticks(int most) const;
  double low() const { return low_; }
  double high() const { return high_; }
  double from() const { return from_; }
  double to() const { return to_; }

 private:
  Scale scale_;
  double low_, high_, from_, to_;
};

class SvgPlot {
 public:
  // `label` says what the picture shows to those who do not see it.
  SvgPlot(double width, double height, const std::string& label);

  // Positions are pixels. `css` names classes of the page; `tip` is shown on hovering.
  void Line(const std::vector<Point>& points, const std::string& css);
  void Circle(Point at, double radius, const std::string& css, const std::string& tip = "");
  void Cross(Point at, double radius, const std::string& css, const std::string& tip = "");
  void Box(Point corner, double width, double height, const std::string& css);
  // `anchor` is start, middle or end.
  void Text(Point at, const std::string& text, const std::string& anchor, const std::string& css);
  // The same, read from below to above.
  void Upright(Point at, const std::string& text);

  // Grid lines and numbers of an axis, over the extent of the other.
  void Horizontal(const Axis& x, const Axis& y, int most_ticks, const std::string& title);
  void Vertical(const Axis& x, const Axis& y, int most_ticks, const std::string& title);

  // Names points where there is room: beside the point, on no other point or name. Those named
  // first come first; what finds no place stays without a name.
  void NamePoints(const std::vector<Point>& points, const std::vector<std::string>& names,
                  const std::vector<Point>& obstacles, const std::string& css);

  std::string ToString() const;

 private:
  std::string head_, body_;
};

// "0.05", "12", "1,299": what a person wants to read of a number.
std::string Readable(double number);

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_SVG_PLOT_H_
