#include "tools/image_fit.h"

#include "core/error_host.h"

namespace slim {
namespace {

constexpr char kNextStep[] = "; choose the data set of its training, or one alike";

}  // namespace

std::string SizeText(const ImageSize& size) {
  if (!size.fixed()) return "of different sizes";
  return std::to_string(size.height) + "x" + std::to_string(size.width) + "x" +
         std::to_string(size.channels);
}

ImageSize InputSize(const Graph& graph) {
  const Shape input = graph.InputShape(graph.plan.rows - 1, 1);
  return {static_cast<int>(input.h()), static_cast<int>(input.w()), static_cast<int>(input.c())};
}

void RequireImageSize(const std::string& where, const ImageSize& has, const std::string& what,
                      const ImageSize& takes) {
  if (has == takes) return;
  throw UsageError(where + ": its images are " + SizeText(has) + ", but " + what + " takes " +
                   SizeText(takes) +
                   (has.fixed() ? kNextStep : "; add ,size=" + std::to_string(takes.height)));
}

void RequireClasses(const std::string& where, int64_t has, const std::string& what, int64_t tells) {
  if (has == tells) return;
  throw UsageError(where + ": it has " + std::to_string(has) + " classes, but " + what + " tells " +
                   std::to_string(tells) + " apart" + kNextStep);
}

}  // namespace slim
