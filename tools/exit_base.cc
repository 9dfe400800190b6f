#include "tools/exit_base.h"

#include "autograd/graft.h"
#include "core/error_host.h"
#include "layers/nets/exit_net_host.h"
#include "tools/teacher_file.h"

namespace slim {
namespace {

std::string SizeText(int64_t height, int64_t width, int64_t channels) {
  return std::to_string(height) + "x" + std::to_string(width) + "x" + std::to_string(channels);
}

}  // namespace

ExitBase::ExitBase(const ExitOptions& options, const Dataset& data)
    : options_(options), model_(LoadModel(options.of)), classes_(data.num_classes()) {
  const Graph& graph = model_.graph.view();
  const Shape takes = graph.InputShape(graph.plan.rows - 1, 1);
  const ImageSize size = data.image_size();
  if (size.height != takes.h() || size.width != takes.w() || size.channels != takes.c()) {
    throw UsageError("--exit-of " + options.of + ": it takes images of " +
                     SizeText(takes.h(), takes.w(), takes.c()) +
                     ", but those of the data set are " +
                     (size.fixed() ? SizeText(size.height, size.width, size.channels)
                                   : std::string("of different sizes")) +
                     "; choose the data set of its training, or one alike");
  }
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
