// How a training begins: its network, and the numbers that come from elsewhere.
#ifndef SLIMSPLIT_TOOLS_TRAINING_START_H_
#define SLIMSPLIT_TOOLS_TRAINING_START_H_

#include "tools/training_run.h"

namespace slim {

// The network that the options name, or the split network that ends in the teacher's tail;
// `teacher` may be null. Throws UsageError.
OwnedGraph MakeTrainingGraph(const TrainOptions& options, ImageSize size, int classes,
                             const TeacherFile* teacher);

// Takes the numbers of the teacher's tail and of --init, and freezes what --freeze names. Throws
// UsageError, and what LoadModel throws.
void BeginParameters(const TrainOptions& options, const TeacherFile* teacher,
                     const OwnedGraph& graph, Parameters<float>* parameters);

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_TRAINING_START_H_
