#include "tools/exit_base.h"

#include "autograd/graft.h"
#include "core/error_host.h"
#include "layers/nets/exit_net_host.h"
#include "tools/image_fit.h"
#include "tools/teacher_file.h"

namespace slim {
ExitBase::ExitBase(const ExitOptions& options, const Dataset& data)
    : options_(options), model_(LoadModel(options.of)), classes_(data.num_classes()) {
  RequireImageSize("the data set", data.image_size(), "the model of --exit-of " + options.of,
                   InputSize(model_.graph.view()));
  if (!model_.info.class_names.empty() && model_.info.class_names != data.class_names()) {
    throw UsageError("--exit-of " + options.of +
                     ": its classes are not those of the data set; choose the data set of its "
                     "training");
  }
}

OwnedGraph ExitBase::MakeNet() const { return MakeExitNet(model_.graph, options_.cut, classes_); }

void ExitBase::TakeHead(const OwnedGraph& net, Parameters<float>* parameters) const {
  Graft(model_.graph, *model_.parameters, net, parameters);
}

void ExitBase::FreezeHead(Parameters<float>* parameters) {
  const std::string prefix = kExitPrefix;
  for (int64_t p = 0; p < parameters->size(); ++p) {
    Parameter<float>& parameter = (*parameters)[p];
    parameter.frozen = parameter.name.compare(0, prefix.size(), prefix) != 0;
  }
}

Recipe ExitBase::recipe() const {
  return {{"net", "exit"}, {"exit-of", ChecksumOf(*model_.parameters)}, {"exit-cut", options_.cut}};
}

}  // namespace slim
