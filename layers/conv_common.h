// What convolutions share: geometry, packing of weights, and the calls of the kernels for a whole
// batch.
#ifndef SLIMSPLIT_LAYERS_CONV_COMMON_H_
#define SLIMSPLIT_LAYERS_CONV_COMMON_H_

#include "core/kernels/kernels.h"
#include "core/parallel.h"
#include "core/status.h"
#include "core/tensor_view.h"
#include "core/workspace.h"
#include "layers/activation.h"
#include "layers/layer.h"

namespace slim {

// Output size of a convolution along one axis; < 1 when the kernel does not fit.
inline int64_t ConvOutputSize(int64_t size, int64_t kernel, int64_t stride, int64_t padding) {
  const int64_t room = size + 2 * padding - kernel;
  return room < 0 ? 0 : room / stride + 1;
}

// The gather kernel counts the elements of one image in 32 bits.
inline Status ExpectGatherable(const Shape& image) {
  if (SaturatingMul(SaturatingMul(image.h(), image.w()), image.c()) > INT32_MAX) {
    return Unsupported("one image of the input or output has more than 2^31 elements");
  }
  return OkStatus();
}

// Nor may the records of its table, of `taps` for each target pixel at most, need more.
inline Status ExpectGatherable(const Shape& image, int64_t taps) {
  SLIM_RETURN_IF_ERROR(ExpectGatherable(image));
  if (SaturatingMul(SaturatingMul(image.h(), image.w()), taps) > INT32_MAX) {
    return Unsupported("a map and a kernel so large together");
  }
  return OkStatus();
}

// The geometry that reads map `source` and writes map `target` (activation shapes) in a
// convolution.
inline ConvGeometry GeometryOf(const Shape& target, const Shape& source, int64_t kernel,
                               int64_t stride, int64_t padding, bool transposed) {
  ConvGeometry g;
  g.target_h = target.h();
  g.target_w = target.w();
  g.source_h = source.h();
  g.source_w = source.w();
  g.kernel_h = g.kernel_w = kernel;
  g.stride = stride;
  g.padding = padding;
  g.transposed = transposed;
  return g;
}

// Elements of weights packed for the gather kernel: [outputs/kBlock][taps][inputs][kBlock].
inline int64_t PackedCount(int64_t outputs, int64_t taps, int64_t inputs) {
  return SaturatingMul(SaturatingMul(RoundUpToBlock(outputs), taps), inputs);
}

// Packs the view as taps, or with a tile side at Winograd's points; rows of `packed_inputs` >=
// w.inputs channels. Outputs past the last are zero.
template <class T>
void PackWeights(int tile_side, const WeightView<const T>& w, int64_t packed_inputs, T* packed) {
  ParallelFor(RoundUpToBlock(w.outputs) / kBlock, 1, [&](int64_t begin, int64_t end, int) {
    GetKernels<T>().pack_weights(tile_side, w, packed_inputs, packed, begin, end);
  });
}

// A kernel's arguments for the blocks [begin, end) of its outputs alone.
template <class Args>
Args BlocksOf(Args a, int64_t begin, int64_t end) {
  const int64_t o = begin * kBlock;
  a.packed += begin * a.block_pitch;
  a.target += o;
  a.outputs = (end * kBlock < a.outputs ? end * kBlock : a.outputs) - o;
  auto& e = a.epilogue;
  if (e.scale != nullptr) e.scale += o;
  if (e.bias != nullptr) e.bias += o;
  if (e.residual != nullptr) e.residual += o;
  return a;
}

// Shares a convolution of `tiles` tiles, those of all images, between the workers:
// run(args, first, last, worker) computes tiles [first, last). A worker takes a part of the tiles,
// at least `grain`, and reads all weights; or it takes a part of the blocks of outputs and reads
// all sources. The latter where more workers find work by it, or where there is more of weights
// than of sources and workers get about as many blocks each.
template <class Args, class Run>
void ShareConv(const Args& a, int64_t tiles, int64_t grain, bool more_weights, const Run& run) {
  const int64_t blocks = RoundUpToBlock(a.outputs) / kBlock;
  const int64_t least_blocks = grain / (tiles + 1) + 1;
  const auto workers = [](int64_t parts) {
    return parts < ParallelWorkers() ? parts : int64_t{ParallelWorkers()};
  };
  const int64_t by_tiles = workers(tiles / grain), by_blocks = workers(blocks / least_blocks);
  const bool even = by_blocks > 0 && (blocks % by_blocks == 0 || blocks >= 4 * by_blocks);
  if (by_blocks > by_tiles || (by_blocks == by_tiles && more_weights && even)) {
    ParallelFor(blocks, least_blocks, [&](int64_t begin, int64_t end, int worker) {
      run(BlocksOf(a, begin, end), int64_t{0}, tiles, worker);
    });
  } else {
    ParallelFor(tiles, grain,
                [&](int64_t begin, int64_t end, int worker) { run(a, begin, end, worker); });
  }
}

// Runs the gather kernel over all tiles of `images` images.
template <class T>
void RunGatherConv(const GatherConvArgs<T>& a, int64_t images) {
  // Of one group, while the sources are those of all: an estimate.
  const int64_t weights = a.outputs * (a.block_pitch / a.tap_pitch) * a.channels;
  ShareConv(a, images * a.table.tiles, 8, weights > images * a.source_image_pitch,
            [](const GatherConvArgs<T>& mine, int64_t begin, int64_t end, int) {
              GetKernels<T>().gather_conv(mine, begin, end);
            });
}

// The convolution of dense maps source -> target of all their images, within no groups, for the
// algorithms that need no table.
template <class T>
struct DenseConv {
  ConvGeometry geometry;
  const T* source;
  Shape source_shape;
  const Real<T>* packed;
  int64_t packed_inputs;  // channels per tap or point of `packed`
  T* target;
  Shape target_shape;
  Epilogue<T> epilogue;
  bool accumulate;
  Real<T>* scratch;  // [workers][what the algorithm needs]
};

// The part of the kernels' arguments that is the same for all of them.
template <class Args, class T>
Args ArgsOf(const DenseConv<T>& conv) {
  const Shape &x = conv.source_shape, &y = conv.target_shape;
  Args a;
  a.geometry = conv.geometry;
  a.source = conv.source;
  a.channels = a.source_pixel_pitch = x.c();
  a.source_image_pitch = x.h() * x.w() * x.c();
  a.packed = conv.packed;
  a.target = conv.target;
  a.outputs = a.target_pixel_pitch = y.c();
  a.target_image_pitch = y.h() * y.w() * y.c();
  a.epilogue = conv.epilogue;
  a.accumulate = conv.accumulate;
  return a;
}

// Runs a convolution of few channels over all workers.
template <class T>
void RunPlanarConv(const DenseConv<T>& conv) {
  auto a = ArgsOf<PlanarConvArgs<T>>(conv);
  SLIM_ASSERT(a.outputs <= kPlanarOutputs && a.geometry.taps() <= kPlanarTaps);
  SLIM_ASSERT(a.geometry.stride == 1 && !a.geometry.transposed);
  a.tap_pitch = conv.packed_inputs * kBlock;
  ParallelFor(conv.source_shape.n() * conv.target_shape.h(), 4,
              [&](int64_t begin, int64_t end, int worker) {
                PlanarConvArgs<T> mine = a;
                mine.scratch = conv.scratch + worker * PlanarConvScratch(a.geometry, a.channels);
                GetKernels<T>().planar_conv(mine, begin, end);
              });
}

// The gather table and the zeros that padding reads, for dense maps `source` -> `target` within one
// of `groups` groups.
template <class T>
struct GatherMemory {
  int32_t* table;
  T* zeros;  // [source.c / groups]

  GatherMemory(const ConvGeometry& g, int tile, int64_t channels, Workspace& workspace)
      : table(workspace.Take<int32_t>(GatherTableSize(g, tile))),
        zeros(workspace.Take<T>(channels)) {}

  void Fill(const ConvGeometry& g, int tile, int64_t source_pixel_pitch, int64_t channels) const {
    for (int64_t i = 0; i < channels; ++i) zeros[i] = T{0};
    BuildGatherTable(g, tile, source_pixel_pitch, false, table);
  }
};

// What tells one content of GatherMemory from another.
template <class T>
uint64_t GatherKey(const ConvGeometry& g, int tile, int64_t source_pixel_pitch, int64_t channels,
                   bool whole_rows) {
  const int64_t parts[] = {g.target_h, g.target_w,         g.source_h, g.source_w,   g.kernel_h,
                           g.kernel_w, g.stride,           g.padding,  g.transposed, tile,
                           channels,   source_pixel_pitch, whole_rows, sizeof(T)};
  uint64_t key = 14695981039346656037u;  // FNV-1a over whole numbers
  for (const int64_t part : parts) key = (key ^ static_cast<uint64_t>(part)) * 1099511628211u;
  return key;
}

// The convolution of dense maps `source` -> `target` (activation shapes) within one of `groups`
// groups, with a gather table and zeros that have been filled; without bias or activation.
// Weights are packed with `packed_inputs` channels per tap. The caller points it to its numbers.
template <class T>
GatherConvArgs<T> GatherConvOf(const ConvGeometry& g, const int32_t* table, const T* zeros,
                               const Shape& source, const Shape& target, int64_t groups,
                               int64_t packed_inputs) {
  GatherConvArgs<T> conv;
  conv.channels = source.c() / groups;
  conv.outputs = target.c() / groups;
  conv.zeros = zeros;
  conv.table = GatherTableIn(table, g, GetKernels<T>().tile);
  conv.source_image_pitch = source.h() * source.w() * source.c();
  conv.target_image_pitch = target.h() * target.w() * target.c();
  conv.target_pixel_pitch = target.c();
  conv.tap_pitch = packed_inputs * kBlock;
  conv.block_pitch = g.taps() * conv.tap_pitch;
  conv.epilogue.clamp = ClampOf<Real<T>>(Activation::kNone);
  return conv;
}

// What a layer does to its sums: what was folded into it, or its own bias and activation.
template <class T>
Epilogue<T> EpilogueOf(const ForwardArgs<T>& a, bool bias, Activation activation) {
  if (a.epilogue != nullptr) return *a.epilogue;
  Epilogue<T> own;
  own.bias = bias ? a.params[1].data : nullptr;
  own.clamp = ClampOf<Real<T>>(activation);
  return own;
}

// The weight gradient of the convolution of dense maps x -> y (activation shapes) within one of
// `groups` groups. The caller points it to its numbers.
template <class T>
ConvWeightGradArgs<T> ConvWeightGradOf(const ConvGeometry& g, const Shape& x, const Shape& y,
                                       int64_t groups) {
  ConvWeightGradArgs<T> args;
  args.geometry = g;
  args.x_image_pitch = x.h() * x.w() * x.c();
  args.x_pixel_pitch = x.c();
  args.channels = x.c() / groups;
  args.dy_image_pitch = y.h() * y.w() * y.c();
  args.dy_pixel_pitch = y.c();
  args.outputs = y.c() / groups;
  return args;
}

// One sum of the gradient of weights per worker that takes part, [workers][taps or points][inputs]
// [outputs rounded up].
template <class T>
class WorkerSums {
 public:
  WorkerSums(T* sums, int64_t taps, int64_t inputs, int64_t outputs)
      : sums_(sums), pitch_(taps * inputs * RoundUpToBlock(outputs)) {}

  // The sum of a worker, which has not begun it yet.
  T* Of(int worker) {
    used_[worker] = true;
    return sums_ + worker * pitch_;
  }
  int64_t count() const { return pitch_; }

  // gradient += the sums, in the order of the workers.
  void AddTo(const WeightView<T>& gradient, int tile_side) const {
    WeightSums<T> a;
    a.tile_side = tile_side;
    a.sums = sums_;
    a.parts = 0;
    while (a.parts < kMaxWorkers && used_[a.parts]) ++a.parts;
    if (a.parts == 0) return;
    a.part_pitch = pitch_;
    a.gradient = gradient;
    ParallelFor(RoundUpToBlock(gradient.outputs) / kBlock, 1, [&](int64_t begin, int64_t end, int) {
      GetKernels<T>().add_weight_sums(a, begin, end);
    });
  }

 private:
  T* const sums_;
  const int64_t pitch_;
  bool used_[kMaxWorkers] = {};
};

// gradient += what `args` says, over all images. `partials`: room for PackedCount(outputs, taps,
// channels) elements per worker.
template <class T>
void AddConvWeightGrad(const ConvWeightGradArgs<T>& args, int64_t images, Real<T>* partials,
                       const WeightView<Real<T>>& gradient) {
  WorkerSums<Real<T>> sums(partials, args.geometry.taps(), args.channels, args.outputs);
  ParallelFor(images, 1, [&](int64_t begin, int64_t end, int worker) {
    ConvWeightGradArgs<T> mine = args;
    mine.gradient = sums.Of(worker);
    for (int64_t i = 0; i < sums.count(); ++i) mine.gradient[i] = 0;
    GetKernels<T>().conv_weight_grad(mine, begin, end);
  });
  sums.AddTo(gradient, 0);
}

// bias_grad[c] += sum over pixels of dy[pixel][c]. `sums` has room for channels numbers per worker.
template <class T>
void AddBiasGrad(const TensorView<const T>& dy, double* sums, Real<T>* bias_grad) {
  const int64_t channels = dy.shape.c();
  const int workers = ParallelWorkers();
  for (int64_t i = 0; i < channels * workers; ++i) sums[i] = 0;
  ParallelFor(dy.shape.pixels(), 64, [&](int64_t begin, int64_t end, int worker) {
    GetKernels<T>().channel_sums(dy.data + begin * channels, end - begin, channels,
                                 sums + worker * channels);
  });
  for (int worker = 0; worker < workers; ++worker) {
    for (int64_t c = 0; c < channels; ++c)
      bias_grad[c] += static_cast<Real<T>>(sums[worker * channels + c]);
  }
}

// What of dy passes back through the activation of a layer: dy itself, or a masked copy in
// `masked`.
template <class T>
TensorView<const T> ThroughActivation(Activation activation, const TensorView<const T>& y,
                                      const TensorView<const T>& dy, T* masked) {
  if (activation == Activation::kNone) return dy;
  ParallelFor(dy.Count(), 4096, [&](int64_t begin, int64_t end, int) {
    GetKernels<T>().clamp_grad(y.data + begin, dy.data + begin, end - begin,
                               ClampOf<Real<T>>(activation), false, masked + begin);
  });
  return TensorView<const T>(masked, dy.shape);
}

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_CONV_COMMON_H_
