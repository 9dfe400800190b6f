#include "tools/model_data.h"

#include <set>

#include "core/error_host.h"
#include "tools/net_summary.h"

namespace slim {
namespace {

std::string Text(int64_t height, int64_t width, int64_t channels) {
  return std::to_string(height) + "x" + std::to_string(width) + "x" + std::to_string(channels);
}

void RequireFit(const OwnedGraph& owned, const std::string& spec, const Dataset& dataset) {
  const Graph& graph = owned.view();
  const Width widest = graph.plan.rows - 1;
  const Shape input = graph.InputShape(widest, 1);
  const ImageSize size = dataset.image_size();
  const std::string prefix = "data set '" + spec + "': ";
  if (!size.fixed()) {
    throw UsageError(prefix + "its images differ in size, but the model takes " +
                     Text(input.h(), input.w(), input.c()) +
                     "; add ,size=" + std::to_string(input.h()));
  }
  if (size.height != input.h() || size.width != input.w() || size.channels != input.c()) {
    throw UsageError(prefix + "its images are " + Text(size.height, size.width, size.channels) +
                     ", but the model takes " + Text(input.h(), input.w(), input.c()) +
                     "; choose the data set of its training, or one alike");
  }
  const int64_t outputs = Summarise(owned, widest).output().Count();
  if (dataset.num_classes() != outputs) {
    throw UsageError(prefix + "it has " + std::to_string(dataset.num_classes()) +
                     " classes, but the model tells " + std::to_string(outputs) +
                     " apart; choose the data set of its training, or one alike");
  }
}

}  // namespace

ModelData::ModelData(const LoadedModel& model, const std::string& spec, Split split,
                     LoaderOptions options)
    : dataset_(OpenDataset(spec, split)) {
  RequireFit(model.graph, spec, *dataset_);
  options.normalization.mean = model.info.mean;
  options.normalization.std = model.info.std;
  loader_ = std::make_unique<Loader>(*dataset_, options);
}

std::vector<Width> FindWidths(const OwnedGraph& graph, const std::vector<std::string>& names) {
  std::set<Width> widths;
  for (const std::string& name : names) widths.insert(graph.FindWidth(name));
  return {widths.begin(), widths.end()};
}

}  // namespace slim
