#include "tools/training_start.h"

#include <algorithm>

#include "autograd/graft.h"
#include "autograd/model_file.h"
#include "core/error_host.h"

namespace slim {

OwnedGraph MakeTrainingGraph(const TrainOptions& options, ImageSize size, int classes,
                             const TeacherFile* teacher) {
  if (options.trainer.method.name != "distillation" &&
      options.teacher.distillation.widths_per_step != 0) {
    throw UsageError(
        "--widths-per-step goes with --method distillation; the sandwich rule has "
        "--sandwich-widths");
  }
  if (!options.split.at.empty()) {
    if (teacher == nullptr) throw UsageError("--split-at needs --method distillation, a --teacher");
    return MakeSplitNet(teacher->graph(), options.split);
  }
  NetOptions net;
  net.height = size.height;
  net.width = size.width;
  net.channels = size.channels;
  net.classes = classes;
  net.widths = options.widths;
  net.affine = ParseAffine(options.affine);
  net.divisor = options.divisor;
  OwnedGraph graph = MakeNet(options.net, net);
  const std::vector<std::string> classifiers = NetNames();
  if (std::find(classifiers.begin(), classifiers.end(), options.net) == classifiers.end()) {
    throw UsageError("--net " + options.net + " tells no classes apart: it is no network to train");
  }
  return graph;
}

void BeginParameters(const TrainOptions& options, const TeacherFile* teacher,
                     const OwnedGraph& graph, Parameters<float>* parameters) {
  const bool split = !options.split.at.empty();
  if ((split || !options.init.empty()) && options.trainer.ema_decay != 0) {
    throw UsageError(
        "--ema-decay averages from the first weights on: it does not go with "
        "--split-at or --init");
  }
  if (split) Graft(teacher->graph(), teacher->parameters(), graph, parameters);
  if (!options.init.empty()) {
    const LoadedModel model = LoadModel(options.init);
    if (Graft(model.graph, *model.parameters, graph, parameters) == 0) {
      throw UsageError("--init " + options.init +
                       ": no node of the network has the name of one "
                       "in the file");
    }
  }
  for (const std::string& prefix : options.freeze) {
    if (parameters->Freeze(prefix, true) > 0) continue;
    throw UsageError("--freeze " + prefix + ": no node that learns has a name that begins so");
  }
}

}  // namespace slim
