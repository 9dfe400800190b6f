// Concat: the channels of several maps side by side.
#ifndef SLIMSPLIT_LAYERS_CONCAT_H_
#define SLIMSPLIT_LAYERS_CONCAT_H_

#include "layers/layer.h"

namespace slim {

// x_i: [N][H][W][C_i], one to eight -> y: [N][H][W][O], where O, the channels of the space `out`,
// is the sum of all C_i at every width.
//
// A width uses the first inputs of a weight. So weights that read a concatenation line up across
// widths only if every part but the last has the same channels at all of them; where an earlier
// part shrinks, those after it move to weights that mean something else at another width.
struct Concat {
  static constexpr char kName[] = "concat";

  Channels out;

  void Fields(FieldVisitor& v);
  Status Infer(Inference& i) const;
  template <class T>
  void Forward(const ForwardArgs<T>& a) const;
  template <class T>
  void Backward(const BackwardArgs<T>& a) const;
  BackwardNeeds Needs() const { return {BackwardNeeds::kNever, false}; }
};

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_CONCAT_H_
