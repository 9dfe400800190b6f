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

// The algorithm that runs at one width.
enum class ConvAlgorithm : uint8_t { kGather, kPlanar, kWinograd };

// Planes pay when channels would leave lanes idle, and rows fill them; for one tap they do not.
inline constexpr int64_t kPlanarChannels = 8, kPlanarWidth = 16;

inline bool FitsPlanes(const Conv2d& l, int64_t channels, int64_t outputs, int64_t target_width) {
  return l.groups == 1 && l.stride == 1 && l.kernel > 1 && l.kernel * l.kernel <= kPlanarTaps &&
         channels <= kPlanarChannels && outputs <= kPlanarOutputs && target_width >= kPlanarWidth;
}

// `points`: PacksPoints; inputs and outputs of one group, and pixels of a target row.
inline ConvAlgorithm AlgorithmOf(const Conv2d& l, bool points, int64_t inputs, int64_t outputs,
                                 int64_t target_width) {
  if (points && !IsNarrow(inputs, outputs)) return ConvAlgorithm::kWinograd;
  return FitsPlanes(l, inputs, outputs, target_width) ? ConvAlgorithm::kPlanar
                                                      : ConvAlgorithm::kGather;
}

// What Forward reads through: a gather table, or nothing but zeros.
template <class T>
struct Conv2dTable {
  int32_t* gather;
  T* zeros;

  Conv2dTable(ConvAlgorithm algorithm, const ConvGeometry& g, int tile, int64_t channels,
              Workspace& w)
      : gather(w.Take<int32_t>(algorithm == ConvAlgorithm::kGather ? GatherTableSize(g, tile) : 0)),
        zeros(w.Take<T>(channels)) {}
};

// Memory of the algorithm for a convolution of `channels`, [workers][..].
template <class T>
T* TakeConvScratch(ConvAlgorithm algorithm, const ConvGeometry& g, int64_t channels, int workers,
                   Workspace& w) {
  int64_t elements = 0;
  if (algorithm == ConvAlgorithm::kPlanar) elements = PlanarConvScratch(g, channels);
  if (algorithm == ConvAlgorithm::kWinograd) elements = WinogradConvScratch(channels);
  return w.Take<T>(SaturatingMul(workers, elements));
}

// The gradient of x is itself a convolution, of dy: with stride 1 any of the algorithms, with the
// taps turned round (s = t + padding - k = t - (kernel - 1 - padding) + (kernel - 1 - k)).
struct Conv2dDataGrad {
  ConvAlgorithm algorithm;
  ConvGeometry geometry;  // reads dy, writes dx

  Conv2dDataGrad(const Conv2d& l, bool winograd, const Shape& x, const Shape& y)
      : algorithm(winograd ? ConvAlgorithm::kWinograd : ConvAlgorithm::kGather) {
    const int64_t turned_padding = int64_t{l.kernel} - 1 - l.padding;
    if (!winograd && turned_padding >= 0 && FitsPlanes(l, y.c(), x.c(), x.w())) {
      algorithm = ConvAlgorithm::kPlanar;
    }
    geometry = turned() ? GeometryOf(x, y, l.kernel, 1, turned_padding, false)
                        : GeometryOf(x, y, l.kernel, l.stride, l.padding, true);
  }
  bool turned() const { return algorithm != ConvAlgorithm::kGather; }
};

template <class T>
struct Conv2dBackwardScratch {
  T* masked;          // dy that passed the activation
  T* packed;          // weights with inputs and outputs exchanged, of one group
  T* partial;         // [workers][taps or points][inputs][outputs rounded up], of one group
  double* bias_sums;  // [workers][outputs]
  int32_t* gather;    // reads dy, writes dx
  T* zeros;           // [the larger of inputs and outputs, of one group]
  T* of_dx;           // of the convolution of dy, [workers][..]
  T* of_dw;           // of Winograd's gradient of weights, [workers][..]

  Conv2dBackwardScratch(const Conv2d& l, bool uses_winograd, const Shape& x, const Shape& y,
                        int tile, int workers, Workspace& w) {
    const int64_t inputs = x.c() / l.groups, outputs = y.c() / l.groups;
    const int64_t taps = uses_winograd ? kWinogradPoints : l.kernel * l.kernel;
    const Conv2dDataGrad grad(l, uses_winograd, x, y);
    masked = w.Take<T>(l.activation == Activation::kNone ? 0 : y.Count());
    packed = w.Take<T>(PackedCount(inputs, taps, outputs));
    partial = w.Take<T>(SaturatingMul(workers, PackedCount(outputs, taps, inputs)));
    bias_sums = w.Take<double>(l.bias ? SaturatingMul(workers, y.c()) : 0);
    gather = w.Take<int32_t>(grad.turned() ? 0 : GatherTableSize(grad.geometry, tile));
    zeros = w.Take<T>(inputs > outputs ? inputs : outputs);
    of_dx = TakeConvScratch<T>(grad.algorithm, grad.geometry, outputs, workers, w);
    of_dw = w.Take<T>(
        uses_winograd ? SaturatingMul(workers, WinogradWeightGradScratch(inputs, outputs)) : 0);
  }
};

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_CONV2D_SCRATCH_H_
