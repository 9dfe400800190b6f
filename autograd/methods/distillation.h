// Distillation: every width learns from a frozen teacher, by its answers (Hinton et al., 2015) and
// its features.
#ifndef SLIMSPLIT_AUTOGRAD_METHODS_DISTILLATION_H_
#define SLIMSPLIT_AUTOGRAD_METHODS_DISTILLATION_H_

#include <memory>
#include <string>
#include <vector>

#include "autograd/methods/method.h"

namespace slim {

// A network that is only read: run at its widest width with running statistics.
struct Teacher {
  OwnedGraph graph;
  std::unique_ptr<Parameters<float>> parameters;
};

// A value of the teacher and the value of the student that shall equal it, by node name. Every
// width of the student must run the node, with the shape that the teacher's has.
struct FeatureTap {
  std::string teacher, student;
};

struct DistillationOptions {
  double alpha = 0.5;  // L_KD = alpha * CE + (1 - alpha) * tau^2 * KL
  double tau = 1;
  double logits_weight =
      1;  // of L_KD; 0 leaves the features alone to teach (head network distillation)
  double feature_weight = 1;  // of the sum of squares at each tap (GHND's lambda_j)
  std::vector<FeatureTap> taps;
  // Of the bits of the student's entropy bottleneck, for each of its rates (the beta of Entropic
  // Student, summed over the batch); empty: bits cost nothing.
  std::vector<double> rate_weights;
  // Widths per step: widest, narrowest, and this many less two at random (sandwich); 1: the widest
  // alone, for a start that costs a pass a step; 0: all.
  int widths_per_step = 0;
};

class Distillation : public Method {
 public:
  // Throws UsageError on options out of range, a tap that does not exist or differs in shape at
  // some width, rate weights that are not as many as the student's rates, a teacher that takes
  // other images, or one whose answers are to be learnt but tell apart another number of classes.
  Distillation(Teacher teacher, const DistillationOptions& options, const OwnedGraph& student);
  void Step(Tape<float>& tape, const OwnedGraph& graph, Parameters<float>& parameters,
            const TrainingBatch& batch, Random random, std::vector<WidthLoss>* losses) override;

 private:
  void FindBottleneck(const OwnedGraph& student);
  // What the latent of a pass costs; seeds its gradients.
  void AddRate(Tape<float>& tape, const Graph& graph, Parameters<float>& parameters, Random random,
               WidthLoss* result);

  Teacher teacher_;
  // The widths of a step, the widest first.
  void DrawWidths(Width widest, Random* random);

  const DistillationOptions options_;
  std::vector<int32_t> teacher_values_, student_values_;  // of the taps
  int32_t bottleneck_ = -1;                               // node whose bits count; -1: none
  Tape<float> teacher_tape_;
  std::vector<Width> drawn_;
  std::vector<Var> teacher_vars_, student_vars_;
  std::vector<float> noise_;
};

}  // namespace slim

#endif  // SLIMSPLIT_AUTOGRAD_METHODS_DISTILLATION_H_
