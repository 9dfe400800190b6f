// How TransposedConv2d lays out its scratch memory: the same lines measure it in Infer and use it
// in Forward and Backward.
#ifndef SLIMSPLIT_LAYERS_TRANSPOSED_CONV2D_SCRATCH_H_
#define SLIMSPLIT_LAYERS_TRANSPOSED_CONV2D_SCRATCH_H_

#include "layers/conv_common.h"
#include "layers/transposed_conv2d.h"

namespace slim {

template <class T>
struct TransposedConv2dBackwardScratch {
  T* masked;               // dy that passed the activation
  GatherMemory<T> gather;  // reads dy, writes dx
  T* packed;               // weights with inputs and outputs exchanged
  T* partial;              // [workers][taps][outputs][inputs rounded up], weight gradients
  double* bias_sums;       // [workers][outputs]

  TransposedConv2dBackwardScratch(const TransposedConv2d& l, const Shape& x, const Shape& y,
                                  int tile, int workers, Workspace& w)
      : masked(w.Take<T>(l.activation == Activation::kNone ? 0 : y.Count())),
        gather(GeometryOf(x, y, l.kernel, l.stride, l.padding, false), tile, y.c(), w),
        packed(w.Take<T>(PackedCount(x.c(), l.kernel * l.kernel, y.c()))),
        partial(w.Take<T>(SaturatingMul(workers, PackedCount(x.c(), l.kernel * l.kernel, y.c())))),
        bias_sums(w.Take<double>(l.bias ? SaturatingMul(workers, y.c()) : 0)) {}
};

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_TRANSPOSED_CONV2D_SCRATCH_H_
