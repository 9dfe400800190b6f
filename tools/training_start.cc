#include "tools/training_start.h"

#include <algorithm>

#include "autograd/graft.h"
#include "autograd/model_file.h"
#include "core/error_host.h"

namespace slim {

Normalization ChooseNormalization(const TrainOptions& options, const Dataset& learn,
                                  const TeacherFile* teacher, const ExitBase* exit) {
  const bool given = options.normalization != "measured";
  if (given && teacher != nullptr) {
    throw UsageError("--normalization is the teacher's with --method distillation: leave it out");
  }
  if (given && exit != nullptr) {
    throw UsageError("--normalization is that of the model with --exit-of: leave it out");
  }
  if (exit != nullptr) {
    const Normalization of_head = exit->normalization();
    if (teacher == nullptr) return of_head;
    const Normalization of_teacher = teacher->normalization();
    if (of_head.mean != of_teacher.mean || of_head.std != of_teacher.std) {
      throw UsageError("--exit-of and --teacher: the two models normalise images differently");
    }
  }
  if (teacher != nullptr) return teacher->normalization();
  return given ? NormalizationPreset(options.normalization) : MeasureNormalization(learn, 10000);
}

OwnedGraph MakeTrainingGraph(const TrainOptions& options, ImageSize size, int classes,
                             const TeacherFile* teacher, const ExitBase* exit) {
  if (options.trainer.method.name != "distillation" &&
      options.teacher.distillation.widths_per_step != 0) {
    throw UsageError(
        "--widths-per-step goes with --method distillation; the sandwich rule has "
        "--sandwich-widths");
  }
  if (exit != nullptr) {
    if (options.split.at.empty()) return exit->MakeNet();
    throw UsageError("--exit-of and --split-at are two trainings: the split network comes first");
  }
  if (options.trainer.method.name != "distillation" &&
      !options.teacher.distillation.rate_weights.empty()) {
    throw UsageError("--rate-weights goes with --method distillation");
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

void BeginParameters(const TrainOptions& options, const TeacherFile* teacher, const ExitBase* exit,
                     const OwnedGraph& graph, Parameters<float>* parameters) {
  const bool split = !options.split.at.empty();
  if ((split || exit != nullptr || !options.init.empty()) && options.trainer.ema_decay != 0) {
    throw UsageError(
        "--ema-decay averages from the first weights on: it does not go with "
        "--split-at, --exit-of or --init");
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
  if (exit != nullptr) {
    exit->TakeHead(graph, parameters);
    ExitBase::FreezeHead(parameters);
  }
  for (const std::string& prefix : options.freeze) {
    if (parameters->Freeze(prefix, true) > 0) continue;
    throw UsageError("--freeze " + prefix + ": no node that learns has a name that begins so");
  }
}

}  // namespace slim
