// A data set opened for a model: judged to fit it, and normalised as the model was trained.
#ifndef SLIMSPLIT_TOOLS_MODEL_DATA_H_
#define SLIMSPLIT_TOOLS_MODEL_DATA_H_

#include <memory>
#include <string>

#include "autograd/model_file.h"
#include "data/loader.h"
#include "data/open.h"

namespace slim {

class ModelData {
 public:
  // `options.normalization` is the model's, whatever is given. Throws what OpenDataset throws, and
  // UsageError when size, channels or number of classes are not those of the model.
  ModelData(const LoadedModel& model, const std::string& spec, Split split, LoaderOptions options);

  const Dataset& dataset() const { return *dataset_; }
  Loader& loader() { return *loader_; }

 private:
  std::unique_ptr<Dataset> dataset_;
  std::unique_ptr<Loader> loader_;
};

// The rows of the widths of that name, in the order of the plan; throws UsageError that lists what
// there is when one is unknown.
std::vector<Width> FindWidths(const OwnedGraph& graph, const std::vector<std::string>& names);

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_MODEL_DATA_H_
