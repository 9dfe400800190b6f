// How Conv2d lays out its scratch memory: the same lines measure it in Infer and use it in Forward
// and Backward.
#ifndef SLIMSPLIT_LAYERS_CONV2D_SCRATCH_H_
#define SLIMSPLIT_LAYERS_CONV2D_SCRATCH_H_

#include "layers/conv2d.h"
#include "layers/conv_common.h"

namespace slim {

template <class T>
struct Conv2dBackwardScratch {
  T* masked;               // dy that passed the activation
  GatherMemory<T> gather;  // reads dy, writes dx
  T* packed;               // weights with inputs and outputs exchanged, of one group
  T* partial;         // [workers][taps][inputs][outputs rounded up], weight gradients of one group
  double* bias_sums;  // [workers][outputs]

  Conv2dBackwardScratch(const Conv2d& l, const Shape& x, const Shape& y, int tile, int workers,
                        Workspace& w)
      : masked(w.Take<T>(l.activation == Activation::kNone ? 0 : y.Count())),
        gather(GeometryOf(x, y, l.kernel, l.stride, l.padding, true), tile, y.c() / l.groups, w),
        packed(w.Take<T>(PackedCount(x.c() / l.groups, l.kernel * l.kernel, y.c() / l.groups))),
        partial(w.Take<T>(SaturatingMul(
            workers, PackedCount(y.c() / l.groups, l.kernel * l.kernel, x.c() / l.groups)))),
        bias_sums(w.Take<double>(l.bias ? SaturatingMul(workers, y.c()) : 0)) {}
};

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_CONV2D_SCRATCH_H_
