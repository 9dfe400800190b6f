// How a training begins: its network, and the numbers that come from elsewhere.
#ifndef SLIMSPLIT_TOOLS_TRAINING_START_H_
#define SLIMSPLIT_TOOLS_TRAINING_START_H_

#include "tools/training_run.h"

namespace slim {

// How images are normalised: as for the teacher or the head of the exit, each of which may be null,
// else as the options say. Throws UsageError where they contradict each other.
Normalization ChooseNormalization(const TrainOptions& options, const Dataset& learn,
                                  const TeacherFile* teacher, const ExitBase* exit);

// The network that the options name, the split network that ends in the teacher's tail, or that of
// an exit; `teacher` and `exit` may be null. Throws UsageError.
OwnedGraph MakeTrainingGraph(const TrainOptions& options, ImageSize size, int classes,
                             const TeacherFile* teacher, const ExitBase* exit);

// Takes the numbers of the teacher's tail, of --init and of --exit-of, and freezes what --freeze
// names, or the head of an exit. Throws UsageError, and what LoadModel throws.
void BeginParameters(const TrainOptions& options, const TeacherFile* teacher, const ExitBase* exit,
                     const OwnedGraph& graph, Parameters<float>* parameters);

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_TRAINING_START_H_
