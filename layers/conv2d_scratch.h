// How Conv2d lays out its table and scratch memory: the same lines measure them in Infer and use
// them in the verbs.
#ifndef SLIMSPLIT_LAYERS_CONV2D_SCRATCH_H_
#define SLIMSPLIT_LAYERS_CONV2D_SCRATCH_H_

#include "layers/conv2d.h"
#include "layers/winograd_common.h"

namespace slim {

// The stored channels of one group.
struct StoredChannels {
  int64_t in, out;

  StoredChannels(const Conv2d& l, const Inference& i)
      : in(i.Full(l.in) / l.groups), out(i.Full(l.out) / l.groups) {}
  template <class T>
  explicit StoredChannels(const TensorView<T>& weight)
      : in(weight.pitch[3]), out(weight.pitch[0] / weight.pitch[1]) {}
};

// `target`: what the convolution writes.
inline int WinogradTileSide(const Conv2d& l, const StoredChannels& stored, const Shape& target) {
  return WinogradTileSide(l.kernel, l.stride, l.groups, stored.in, stored.out, target);
}

// The algorithm that runs at one width.
enum class ConvAlgorithm : uint8_t { kGather, kPlanar, kWinograd };

// Planes pay when channels would leave lanes idle, and rows fill them; for one tap they do not.
inline constexpr int64_t kPlanarChannels = 8, kPlanarWidth = 16;

inline bool FitsPlanes(const Conv2d& l, int64_t channels, int64_t outputs, int64_t target_width) {
  return l.groups == 1 && l.stride == 1 && l.kernel > 1 && l.kernel * l.kernel <= kPlanarTaps &&
         channels <= kPlanarChannels && outputs <= kPlanarOutputs && target_width >= kPlanarWidth;
}

// Inputs and outputs of one group, and pixels of a target row.
inline ConvAlgorithm AlgorithmOf(const Conv2d& l, int tile_side, int64_t inputs, int64_t outputs,
                                 int64_t target_width) {
  if (tile_side > 0 && !IsNarrow(inputs, outputs)) return ConvAlgorithm::kWinograd;
  return FitsPlanes(l, inputs, outputs, target_width) ? ConvAlgorithm::kPlanar
                                                      : ConvAlgorithm::kGather;
}

// How x becomes y, at a width.
struct Conv2dForward {
  int tile_side;  // of Winograd's tiles, by whose points weights are packed; 0: as taps
  ConvAlgorithm algorithm;
  ConvGeometry geometry;
  int64_t packed_inputs;  // channels per tap; a narrow width reads taps behind Winograd's points
  bool whole_rows;        // of the kernel, in the gather table

  Conv2dForward(const Conv2d& l, const StoredChannels& stored, const Shape& x, const Shape& y)
      : tile_side(WinogradTileSide(l, stored, y)),
        algorithm(AlgorithmOf(l, tile_side, x.c() / l.groups, y.c() / l.groups, y.w())),
        geometry(GeometryOf(y, x, l.kernel, l.stride, l.padding, false)),
        packed_inputs(tile_side > 0 ? kNarrow : stored.in),
        whole_rows(l.groups == 1 && l.kernel > 1 && x.c() == packed_inputs) {}
};

// What Forward reads through: a gather table and zeros, or nothing.
template <class T>
struct Conv2dTable {
  int32_t* gather;
  T* zeros;

  Conv2dTable(ConvAlgorithm algorithm, const ConvGeometry& g, int tile, int64_t channels,
              Workspace& w)
      : gather(w.Take<int32_t>(algorithm == ConvAlgorithm::kGather ? GatherTableSize(g, tile) : 0)),
        zeros(w.Take<T>(algorithm == ConvAlgorithm::kGather ? channels : 0)) {}
};

// Memory of the algorithm for a convolution of `channels`, [workers][..].
template <class T>
Real<T>* TakeConvScratch(ConvAlgorithm algorithm, int tile_side, const ConvGeometry& g,
                         int64_t channels, int workers, Workspace& w) {
  int64_t elements = 0;
  if (algorithm == ConvAlgorithm::kPlanar) elements = PlanarConvScratch(g, channels);
  if (algorithm == ConvAlgorithm::kWinograd) elements = WinogradConvScratch(tile_side, channels);
  return w.Take<Real<T>>(SaturatingMul(workers, elements));
}

// The gradient of x is itself a convolution, of dy: with stride 1 any of the algorithms, with the
// taps turned round (s = t + padding - k = t - (kernel - 1 - padding) + (kernel - 1 - k)).
struct Conv2dDataGrad {
  int tile_side;
  ConvAlgorithm algorithm;
  ConvGeometry geometry;  // reads dy, writes dx

  Conv2dDataGrad(const Conv2d& l, const StoredChannels& stored, const Shape& x, const Shape& y)
      : tile_side(WinogradTileSide(l, stored, x)) {
    const int64_t turned_padding = int64_t{l.kernel} - 1 - l.padding;
    algorithm = AlgorithmOf(l, tile_side, y.c() / l.groups, x.c() / l.groups, x.w());
    if (algorithm == ConvAlgorithm::kPlanar && turned_padding < 0) {
      algorithm = ConvAlgorithm::kGather;
    }
    geometry = turned() ? GeometryOf(x, y, l.kernel, 1, turned_padding, false)
                        : GeometryOf(x, y, l.kernel, l.stride, l.padding, true);
  }
  bool turned() const { return algorithm != ConvAlgorithm::kGather; }
};

// The side of the tiles by which the gradient of the weights is summed; 0: by taps. By taps also
// where the targets of all images are fewer than the channels: sums at points, 16 or 36 instead of
// 9 of each weight, then cost more than the products that they save.
inline int WeightGradTileSide(const Conv2d& l, const StoredChannels& stored, const Shape& x,
                              const Shape& y) {
  const int64_t targets = y.pixels();
  if (IsNarrow(x.c(), y.c()) || targets * targets < x.c() * y.c()) return 0;
  return WinogradTileSide(l, stored, y);
}

template <class T>
struct Conv2dBackwardScratch {
  T* masked;          // dy that passed the activation
  Real<T>* packed;    // weights with inputs and outputs exchanged, of one group
  Real<T>* partial;   // [workers][taps or points][inputs][outputs rounded up], of one group
  double* bias_sums;  // [workers][outputs]
  int32_t* gather;    // reads dy, writes dx
  T* zeros;           // what padding of dy reads, [outputs of one group]
  Real<T>* of_dx;     // of the convolution of dy, [workers][..]
  Real<T>* of_dw;     // of Winograd's gradient of weights, [workers][..]

  Conv2dBackwardScratch(const Conv2d& l, const StoredChannels& stored, const Shape& x,
                        const Shape& y, int tile, int workers, Workspace& w) {
    const int64_t inputs = x.c() / l.groups, outputs = y.c() / l.groups;
    const Conv2dDataGrad grad(l, stored, x, y);
    const int dw_side = WeightGradTileSide(l, stored, x, y);
    const int dx_side = grad.algorithm == ConvAlgorithm::kWinograd ? grad.tile_side : 0;
    const auto taps = [&](int side) {
      return side > 0 ? WinogradPoints(side) : l.kernel * l.kernel;
    };
    masked = w.Take<T>(l.activation == Activation::kNone ? 0 : y.Count());
    packed = w.Take<Real<T>>(PackedCount(inputs, taps(dx_side), outputs));
    partial = w.Take<Real<T>>(SaturatingMul(workers, PackedCount(outputs, taps(dw_side), inputs)));
    bias_sums = w.Take<double>(l.bias ? SaturatingMul(workers, y.c()) : 0);
    gather = w.Take<int32_t>(grad.turned() ? 0 : GatherTableSize(grad.geometry, tile));
    zeros = w.Take<T>(grad.turned() ? 0 : outputs);
    of_dx = TakeConvScratch<T>(grad.algorithm, grad.tile_side, grad.geometry, outputs, workers, w);
    const int64_t of_worker = dw_side > 0 ? WinogradWeightGradScratch(dw_side, inputs, outputs) : 0;
    of_dw = w.Take<Real<T>>(SaturatingMul(workers, of_worker));
  }
};

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_CONV2D_SCRATCH_H_
