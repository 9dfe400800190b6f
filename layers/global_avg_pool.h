// GlobalAvgPool: the mean of each channel over the map.
#ifndef SLIMSPLIT_LAYERS_GLOBAL_AVG_POOL_H_
#define SLIMSPLIT_LAYERS_GLOBAL_AVG_POOL_H_

#include "layers/layer.h"

namespace slim {

// x: [N][H][W][C] -> y: [N][1][1][C].
struct GlobalAvgPool {
  static constexpr char kName[] = "global_avg_pool";

  void Fields(FieldVisitor&) {}
  Status Infer(Inference& i) const;
  template <class T>
  void Forward(const ForwardArgs<T>& a) const;
  template <class T>
  void Backward(const BackwardArgs<T>& a) const;
  BackwardNeeds Needs() const { return {BackwardNeeds::kNever, false}; }
};

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_GLOBAL_AVG_POOL_H_
