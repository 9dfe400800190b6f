// How DepthwiseConv2d runs its kernel over a batch, and lays out the scratch memory of Backward.
#ifndef SLIMSPLIT_LAYERS_DEPTHWISE_CONV2D_SCRATCH_H_
#define SLIMSPLIT_LAYERS_DEPTHWISE_CONV2D_SCRATCH_H_

#include "layers/conv_common.h"
#include "layers/depthwise_conv2d.h"

namespace slim {

template <class T>
struct DepthwiseConv2dBackwardScratch {
  T* masked;          // dy that passed the activation
  Real<T>* partial;   // [workers][taps][channels], weight gradients
  double* bias_sums;  // [workers][channels]

  DepthwiseConv2dBackwardScratch(const DepthwiseConv2d& l, const Shape& y, int workers,
                                 Workspace& w)
      : masked(w.Take<T>(l.activation == Activation::kNone ? 0 : y.Count())),
        partial(w.Take<Real<T>>(SaturatingMul(workers, l.kernel * l.kernel * y.c()))),
        bias_sums(w.Take<double>(l.bias ? SaturatingMul(workers, y.c()) : 0)) {}
};

// Runs the depthwise kernel over `images` images; `a` describes the first one.
template <class T>
void RunDepthwise(DepthwiseArgs<T> a, int64_t images) {
  const ConvGeometry& g = a.geometry;
  a.in_memory = images > 1;
  ParallelFor(images * g.target_h, 4, [&](int64_t begin, int64_t end, int) {
    for (int64_t row = begin; row < end;) {
      const int64_t image = row / g.target_h, first = row % g.target_h;
      const int64_t last = first + (end - row) < g.target_h ? first + (end - row) : g.target_h;
      DepthwiseArgs<T> mine = a;
      mine.source += image * g.source_h * g.source_w * a.channels;
      mine.target += image * g.targets() * a.channels;
      if (a.epilogue.residual != nullptr) {
        mine.epilogue.residual += image * g.targets() * a.channels;
      }
      GetKernels<T>().depthwise(mine, first, last);
      row += last - first;
    }
  });
}

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_DEPTHWISE_CONV2D_SCRATCH_H_
