#include "tools/model_data.h"

#include <set>

#include "tools/image_fit.h"
#include "tools/net_summary.h"

namespace slim {
namespace {

void RequireFit(const OwnedGraph& owned, const std::string& spec, const Dataset& dataset) {
  const std::string where = "data set '" + spec + "'";
  const Graph& graph = owned.view();
  const Width widest = graph.plan.rows - 1;
  RequireImageSize(where, dataset.image_size(), "the model", InputSize(graph));
  RequireClasses(where, dataset.num_classes(), "the model",
                 Summarise(owned, widest).output().Count());
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
