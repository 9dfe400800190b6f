// How Conv2d lays out its table and scratch memory: the same lines measure them in Infer and use
// them in the verbs.
#ifndef SLIMSPLIT_LAYERS_CONV2D_SCRATCH_H_
#define SLIMSPLIT_LAYERS_CONV2D_SCRATCH_H_

#include "layers/conv2d.h"
#include "layers/winograd_common.h"

namespace slim {

// From the pitches of the stored weights.
template <class T>
bool PacksPoints(const Conv2d& l, const TensorView<T>& weight) {
  return PacksPoints(l.kernel, l.stride, l.groups, weight.pitch[3],
                     weight.pitch[0] / weight.pitch[1]);
}

// The algorithm that runs at the width of the view.
template <class T>
bool UsesWinograd(const Conv2d& l, const TensorView<T>& weight) {
  return PacksPoints(l, weight) && !IsNarrow(weight.shape.dim[4], weight.shape.dim[1]);
}
inline bool UsesWinograd(const Conv2d& l, const Inference& i) {
  return PacksPoints(l.kernel, l.stride, l.groups, i.Full(l.in), i.Full(l.out)) &&
         !IsNarrow(i.Active(l.in), i.Active(l.out));
}

// What Forward reads through: a gather table, or nothing but zeros for Winograd's algorithm.
template <class T>
struct Conv2dTable {
  int32_t* gather;
  T* zeros;

  Conv2dTable(bool winograd, const ConvGeometry& g, int tile, int64_t channels, Workspace& w)
      : gather(w.Take<int32_t>(winograd ? 0 : GatherTableSize(g, tile))),
        zeros(w.Take<T>(channels)) {}
};

template <class T>
struct Conv2dForwardScratch {
  T* winograd;  // [workers][..]

  Conv2dForwardScratch(bool uses_winograd, const Shape& x, int workers, Workspace& w)
      : winograd(
            w.Take<T>(uses_winograd ? SaturatingMul(workers, WinogradConvScratch(x.c())) : 0)) {}
};

template <class T>
struct Conv2dBackwardScratch {
  T* masked;          // dy that passed the activation
  T* packed;          // weights with inputs and outputs exchanged, of one group
  T* partial;         // [workers][taps or points][inputs][outputs rounded up], of one group
  double* bias_sums;  // [workers][outputs]
  int32_t* gather;    // reads dy, writes dx
  T* zeros;           // [the larger of inputs and outputs, of one group]
  T* winograd;        // [workers][..]

  Conv2dBackwardScratch(const Conv2d& l, bool uses_winograd, const Shape& x, const Shape& y,
                        int tile, int workers, Workspace& w) {
    const int64_t inputs = x.c() / l.groups, outputs = y.c() / l.groups;
    const int64_t taps = uses_winograd ? kWinogradPoints : l.kernel * l.kernel;
    const ConvGeometry geometry = GeometryOf(x, y, l.kernel, l.stride, l.padding, true);
    masked = w.Take<T>(l.activation == Activation::kNone ? 0 : y.Count());
    packed = w.Take<T>(PackedCount(inputs, taps, outputs));
    partial = w.Take<T>(SaturatingMul(workers, PackedCount(outputs, taps, inputs)));
    bias_sums = w.Take<double>(l.bias ? SaturatingMul(workers, y.c()) : 0);
    gather = w.Take<int32_t>(uses_winograd ? 0 : GatherTableSize(geometry, tile));
    zeros = w.Take<T>(inputs > outputs ? inputs : outputs);
    winograd = w.Take<T>(
        uses_winograd ? SaturatingMul(workers, WinogradWeightGradScratch(inputs, outputs)) : 0);
  }
};

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_CONV2D_SCRATCH_H_
