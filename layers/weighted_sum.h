// WeightedSum: y = sum of w_i * x_i over the first inputs, the sum of an ensemble whose later
// members are corrections of the first (Slimmable Encoders).
#ifndef SLIMSPLIT_LAYERS_WEIGHTED_SUM_H_
#define SLIMSPLIT_LAYERS_WEIGHTED_SUM_H_

#include "layers/layer.h"

namespace slim {

// x_i, y: any equal activation shapes; one input per member, of which a width uses the first
// Active(members). w_i = first * ratio^i: 2, 1, 1/2, 1/4, ... The shape of y is the same at every
// width.
struct WeightedSum {
  static constexpr char kName[] = "weighted_sum";

  Channels members;
  float first = 2.0f;
  float ratio = 0.5f;

  void Fields(FieldVisitor& v);
  Status Infer(Inference& i) const;
  template <class T>
  void Forward(const ForwardArgs<T>& a) const;
  template <class T>
  void Backward(const BackwardArgs<T>& a) const;
  BackwardNeeds Needs() const { return {BackwardNeeds::kNever, false}; }

  // The weight of input `index`.
  double Weight(int index) const {
    double weight = first;
    for (int i = 0; i < index; ++i) weight *= ratio;
    return weight;
  }
};

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_WEIGHTED_SUM_H_
