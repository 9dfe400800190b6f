// The teacher of `train --method distillation`: a model file, frozen, at its widest width.
#ifndef SLIMSPLIT_TOOLS_TEACHER_FILE_H_
#define SLIMSPLIT_TOOLS_TEACHER_FILE_H_

#include <memory>
#include <string>
#include <vector>

#include "autograd/checkpoint.h"
#include "autograd/methods/distillation.h"
#include "autograd/model_file.h"
#include "data/dataset.h"
#include "data/normalize.h"

namespace slim {

// What the command line says about distillation.
struct TeacherOptions {
  std::string model;                 // the file
  std::vector<std::string> taps;     // "TEACHER_NODE=STUDENT_NODE"
  DistillationOptions distillation;  // without its taps, which are those above
};

// Tells networks apart wherever their files are: of all their numbers.
std::string ChecksumOf(const Parameters<float>& parameters);

class TeacherFile {
 public:
  // Throws what LoadModel throws, and UsageError when a tap cannot be read, the widest width is not
  // calibrated, or the teacher's answers are to be learnt but its classes are not those of `data`.
  TeacherFile(const TeacherOptions& options, const Dataset& data);

  // How images must be normalised for the teacher, and so for the student beside it.
  Normalization normalization() const;
  // What decides the student's weights: everything but the file's name, as it may move.
  Recipe recipe() const;
  // The method, with a copy of the teacher. Throws what Distillation throws.
  std::unique_ptr<Method> MakeMethod(const OwnedGraph& student) const;

  const OwnedGraph& graph() const { return model_.graph; }
  const Parameters<float>& parameters() const { return *model_.parameters; }

 private:
  DistillationOptions options_;
  LoadedModel model_;
};

// The teacher when the method is "distillation", else null. Throws what TeacherFile throws, and
// UsageError on options that contradict each other.
std::unique_ptr<TeacherFile> OpenTeacher(const TeacherOptions& options, const MethodOptions& method,
                                         const Dataset& data);

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_TEACHER_FILE_H_
