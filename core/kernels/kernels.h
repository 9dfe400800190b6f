// The kernel seam: the few loops that do nearly all the arithmetic, one table of functions per
// instruction set.
//
// All activations are [pixel][channel] with channels contiguous, stored as T; all else is Real<T>.
// Kernels work on a range of the work they are given, so that the caller owns the threads. The
// portable table (plain loops, any scalar type) is the oracle of the fast ones.
#ifndef SLIMSPLIT_CORE_KERNELS_KERNELS_H_
#define SLIMSPLIT_CORE_KERNELS_KERNELS_H_

#include <stdint.h>

#include "core/bf16.h"
#include "core/kernels/gather.h"
#include "core/tensor_view.h"

namespace slim {

// Outputs per packed block of weights: [O/kBlock][KH*KW][I][kBlock].
inline constexpr int kBlock = 16;
// No kernel computes more outputs at once.
inline constexpr int kMostOutputs = 2 * kBlock;

inline constexpr int64_t RoundUpToBlock(int64_t count) {
  return (count + kBlock - 1) / kBlock * kBlock;
}

// Limits an activation to [low, high]: none, ReLU (0, inf), ReLU6 (0, 6).
template <class T>
struct Clamp {
  T low, high;
};

// What happens to a sum before it is stored: y = clamp(sum * scale[o] + bias[o] + residual). A
// batch norm with running statistics, an addition and an activation are such a step; folded into
// the convolution before them they cost no pass over memory, and no width needs weights of its own.
template <class T>
struct Epilogue {
  const Real<T>* scale = nullptr;  // [outputs], null = 1
  const Real<T>* bias = nullptr;   // [outputs], null = 0
  const T* residual = nullptr;     // laid out as the target, null = 0
  Clamp<Real<T>> clamp = {};
};

// target[t][o] = epilogue(sum_{k,i} source[s(t,k)][i] * weight[k][i][o])
template <class T>
struct GatherConvArgs {
  GatherTable table;
  const T* source = nullptr;  // first active channel of image 0
  int64_t source_image_pitch = 0;
  int64_t channels = 0;             // active input channels
  const T* zeros = nullptr;         // [channels], what padding reads
  const Real<T>* packed = nullptr;  // [outputs/kBlock][taps][..][kBlock]
  // Elements from one tap's weights to the next, full input channels * kBlock; for a table with
  // whole rows, channels * kBlock.
  int64_t tap_pitch = 0;
  int64_t block_pitch = 0;  // elements from one output block to the next
  T* target = nullptr;      // first active output of image 0
  int64_t target_image_pitch = 0;
  int64_t target_pixel_pitch = 0;
  int64_t outputs = 0;  // active outputs
  Epilogue<T> epilogue = {};
  bool accumulate = false;  // add to target (after the epilogue) instead of replacing it
};

// Weights of one group seen as outputs x taps x inputs, whatever the order in which they are
// stored.
template <class T>
struct WeightView {
  T* data = nullptr;
  int64_t outputs = 0, taps = 0, inputs = 0;
  int64_t output_pitch = 0, tap_pitch = 0, input_pitch = 0;
};

// gradient[k][i][o] += sum over images n and output pixels p of x[n][s(p,k)][i] * dy[n][p][o]
template <class T>
struct ConvWeightGradArgs {
  ConvGeometry geometry;  // not transposed: target = the map of dy, source = the map of x
  const T* x = nullptr;
  int64_t x_image_pitch = 0, x_pixel_pitch = 0, channels = 0;
  const T* dy = nullptr;
  int64_t dy_image_pitch = 0, dy_pixel_pitch = 0, outputs = 0;
  Real<T>* gradient = nullptr;  // [taps][channels][RoundUpToBlock(outputs)]
};

// Winograd's F(m x m, 3x3) (Lavin and Gray, 2016) for m = 2 and 4: a tile of m x m targets from
// (m + 2) x (m + 2) sources costs (m + 2)^2 products per channel and output, 16 instead of 36 or 36
// instead of 144. With these squares flattened to points,
//   target = A^T [sum over channels of (G w G^T) * (B^T source B)] A      (* point by point),
// so that at each point there is a matrix product over channels (winograd_points.h).
inline constexpr int WinogradPoints(int tile_side) { return (tile_side + 2) * (tile_side + 2); }
// No kernel takes more tiles at once.
inline constexpr int64_t kWinogradConvRun = 24;
inline constexpr int64_t WinogradGradRun(int tile_side) { return tile_side == 2 ? 48 : 24; }

// A 3x3 convolution with stride 1: as GatherConvArgs, with weights as points instead of taps. Work
// items are tiles of targets, those of all images one after the other.
template <class T>
struct WinogradConvArgs {
  int tile_side = 2;      // in targets, 2 or 4
  ConvGeometry geometry;  // kernel 3, stride 1, not transposed
  const T* source = nullptr;
  int64_t source_image_pitch = 0, source_pixel_pitch = 0, channels = 0;
  const Real<T>* packed = nullptr;  // [outputs/kBlock][points][..][kBlock]
  int64_t point_pitch = 0;          // elements from one point's weights to the next
  int64_t block_pitch = 0;          // elements from one output block to the next
  T* target = nullptr;
  int64_t target_image_pitch = 0, target_pixel_pitch = 0, outputs = 0;
  Epilogue<T> epilogue = {};
  bool accumulate = false;
  Real<T>* scratch = nullptr;  // WinogradConvScratch elements, of this call alone
};

// gradient[point][i][o] (+)= sum over tiles of (B^T x B)[i] * (A dy A^T)[o]; the gradient of the
// weights is G^T gradient G (WeightSums).
template <class T>
struct WinogradWeightGradArgs {
  int tile_side = 2;  // in targets, 2 or 4
  ConvGeometry geometry;
  const T* x = nullptr;
  int64_t x_image_pitch = 0, x_pixel_pitch = 0, channels = 0;
  const T* dy = nullptr;
  int64_t dy_image_pitch = 0, dy_pixel_pitch = 0, outputs = 0;
  Real<T>* gradient = nullptr;  // [points][channels][RoundUpToBlock(outputs)]
  bool accumulate = false;      // add to gradient instead of replacing it
  Real<T>* scratch = nullptr;   // WinogradWeightGradScratch elements
};

// The gradient of weights as workers have summed it, to be added up in their order: by taps, or at
// Winograd's points, where it is G^T sums G.
template <class T>
struct WeightSums {
  int tile_side = 0;        // 0: by taps
  const T* sums = nullptr;  // [parts][taps or points][inputs][RoundUpToBlock(outputs)]
  int64_t parts = 1;        // at least 1
  int64_t part_pitch = 0;   // elements from one part to the next
  WeightView<T> gradient;   // is added to
};

inline int64_t WinogradTiles(int tile_side, const ConvGeometry& g) {
  return (g.target_h + tile_side - 1) / tile_side * ((g.target_w + tile_side - 1) / tile_side);
}
// A run of tiles at each point, with room between points so that they do not meet in one cache set.
inline int64_t WinogradRunPitch(int64_t run, int64_t channels) {
  return run * RoundUpToBlock(channels) + kBlock;
}
inline int64_t WinogradConvScratch(int tile_side, int64_t channels) {
  return WinogradPoints(tile_side) * (WinogradRunPitch(kWinogradConvRun, channels) +
                                      WinogradRunPitch(kWinogradConvRun, kMostOutputs));
}
inline int64_t WinogradWeightGradScratch(int tile_side, int64_t channels, int64_t outputs) {
  const int64_t run = WinogradGradRun(tile_side);
  return WinogradPoints(tile_side) *
         (WinogradRunPitch(run, channels) + WinogradRunPitch(run, outputs));
}

// A convolution of few channels with stride 1, as GatherConvArgs: vectors of channels would be
// filled in part, so source rows are brought into planes of one channel each, and vectors hold
// pixels. Work items are target rows, those of all images one after the other.
inline constexpr int kPlanarOutputs = 6, kPlanarTaps = 49;  // at most

template <class T>
struct PlanarConvArgs {
  ConvGeometry geometry;  // stride 1, not transposed
  const T* source = nullptr;
  int64_t source_image_pitch = 0, source_pixel_pitch = 0, channels = 0;
  const Real<T>* packed = nullptr;  // [taps][..][kBlock]
  int64_t tap_pitch = 0;            // elements from one tap's weights to the next
  T* target = nullptr;
  int64_t target_image_pitch = 0, target_pixel_pitch = 0, outputs = 0;
  Epilogue<T> epilogue = {};
  bool accumulate = false;
  Real<T>* scratch = nullptr;  // PlanarConvScratch(geometry, channels) elements, of this call alone
};

// Each channel of a source row has room for its padding and for what whole vectors of targets read;
// planar_conv.cc lays it out.
inline int64_t PlanarConvScratch(const ConvGeometry& g, int64_t channels) {
  const int64_t pitch = RoundUpToBlock(g.target_w) + kBlock + g.kernel_w;
  return g.kernel_h * ((channels + 3) / 4 * 4) * pitch;
}

// c[m][n] (+)= op(a)[m][k] * op(b)[k][n]; op transposes when asked. Row pitches in elements.
template <class T>
struct GemmArgs {
  bool transpose_a = false, transpose_b = false, accumulate = false;
  int64_t m = 0, n = 0, k = 0;
  const T* a = nullptr;
  int64_t a_pitch = 0;
  const T* b = nullptr;
  int64_t b_pitch = 0;
  T* c = nullptr;
  int64_t c_pitch = 0;
};

// A depthwise convolution of one image: weight [taps][channels], channels dense in source and
// target.
template <class T>
struct DepthwiseArgs {
  ConvGeometry geometry;
  const T* source = nullptr;
  int64_t channels = 0;
  const Real<T>* weight = nullptr;
  int64_t tap_pitch = 0;  // elements from one tap's weights to the next
  T* target = nullptr;
  Epilogue<T> epilogue = {};
  bool accumulate = false;
  bool in_memory = false;  // the maps of a batch, likely in no cache: ask for what comes next
};

// What the gradient of a normalisation needs of each element: x, its gradient, and for each channel
// how y = clamp(x * scale + shift) came from x (null: no clamp), whose limits stop the gradient. To
// compute y again is cheaper than to read it.
template <class T>
struct MaskedGrad {
  const T* x = nullptr;
  const T* dy = nullptr;
  const Real<T>* scale = nullptr;
  const Real<T>* shift = nullptr;
  Clamp<Real<T>> clamp = {};
};

template <class T>
struct Kernels {
  const char* isa;
  int tile;  // target pixels per tile of gather_conv

  // Work items are tiles of all images: item = image * table.tiles + tile.
  void (*gather_conv)(const GatherConvArgs<T>& a, int64_t begin, int64_t end);
  void (*conv_weight_grad)(const ConvWeightGradArgs<T>& a, int64_t image_begin, int64_t image_end);
  // Target rows [begin, end) of all images.
  void (*planar_conv)(const PlanarConvArgs<T>& a, int64_t begin, int64_t end);
  // Tiles [begin, end) of all images, begin < end.
  void (*winograd_conv)(const WinogradConvArgs<T>& a, int64_t begin, int64_t end);
  void (*winograd_weight_grad)(const WinogradWeightGradArgs<T>& a, int64_t begin, int64_t end);
  // For the blocks [begin, end) of outputs: packed [outputs/kBlock][taps][packed_inputs][kBlock],
  // or with a tile side [..][points][..][kBlock] = G w G^T of 3x3 weights. Outputs past the last
  // are zero.
  void (*pack_weights)(int tile_side, const WeightView<const Real<T>>& w, int64_t packed_inputs,
                       Real<T>* packed, int64_t begin, int64_t end);
  void (*add_weight_sums)(const WeightSums<Real<T>>& a, int64_t begin, int64_t end);
  void (*gemm)(const GemmArgs<Real<T>>& a);
  // gemm where b alone is transposed: c[m][n] (+)= sum of a[m][k] * b[n][k]. How an element of c
  // rounds depends neither on m nor on n.
  void (*row_products)(const GemmArgs<Real<T>>& a);
  // Rows [row_begin, row_end) of the target.
  void (*depthwise)(const DepthwiseArgs<T>& a, int64_t row_begin, int64_t row_end);
  // gradient[tap][c] += ..., over one image; source = x, target = dy of the geometry. `in_memory`
  // as above.
  void (*depthwise_weight_grad)(const ConvGeometry& g, const T* x, const T* dy, int64_t channels,
                                bool in_memory, Real<T>* gradient);

  // The following work on pixels [0, pixels) of [pixels][channels].
  // sum[c] += sum (x - shift[c]),  squares[c] += sum (x - shift[c])^2
  void (*channel_moments)(const T* x, int64_t pixels, int64_t channels, const Real<T>* shift,
                          double* sum, double* squares);
  // sum[c] += sum x
  void (*channel_sums)(const T* x, int64_t pixels, int64_t channels, double* sum);
  // y = clamp(x * scale[c] + bias[c])
  void (*channel_affine)(const T* x, int64_t pixels, int64_t channels, const Real<T>* scale,
                         const Real<T>* bias, Clamp<Real<T>> clamp, T* y);
  // y = swish(x * scale[c] + bias[c])
  void (*channel_affine_swish)(const T* x, int64_t pixels, int64_t channels, const Real<T>* scale,
                               const Real<T>* bias, T* y);
  // With g = dy where the clamp let through:  sum[c] += sum g,  sum_x[c] += sum g * (x - mean[c])
  void (*channel_grad_sums)(const MaskedGrad<T>& a, int64_t pixels, int64_t channels,
                            const Real<T>* mean, double* sum, double* sum_x);
  // dx (+)= a[c] * g + b[c] * (x - mean[c]) + constant[c];  dx (+)= a[c] * g where b is null: mean
  // and constant are then not read, and x for the clamp alone
  void (*channel_grad_apply)(const MaskedGrad<T>& in, int64_t pixels, int64_t channels,
                             const Real<T>* a, const Real<T>* b, const Real<T>* mean,
                             const Real<T>* constant, bool accumulate, T* dx);
  // y = clamp(a + b); y may be a or b
  void (*add)(const T* a, const T* b, int64_t count, Clamp<Real<T>> clamp, T* y);
  // dx (+)= dy where y is strictly inside the clamp
  void (*clamp_grad)(const T* y, const T* dy, int64_t count, Clamp<Real<T>> clamp, bool accumulate,
                     T* dx);
  // y (+)= x, from one way of storing numbers to the other. (AVX512-BF16 takes what is smaller than
  // a normal number, 1.2e-38, as 0.)
  void (*widen)(const T* x, int64_t count, bool accumulate, Real<T>* y);
  void (*narrow)(const Real<T>* x, int64_t count, bool accumulate, T* y);
  // y = max(x, y); a NaN stays.
  void (*maximum)(const T* x, int64_t count, T* y);
  // y = 1 / (1 + exp(-x))
  void (*sigmoid)(const T* x, int64_t count, T* y);
  // y = x / (1 + exp(-x)) for |x| < 1e30; y may be x
  void (*swish)(const T* x, int64_t count, T* y);
};

// The table in use. For float the best one that this CPU runs, or the one named by ForceIsa; for
// Bf16 the best that needs no more than that one (and, of AVX-512, AVX512-BF16), without `gemm`;
// for double the portable one.
template <class T>
const Kernels<T>& GetKernels();

template <class T>
const Kernels<T>& PortableKernels();

// Every float table that this CPU can run, portable first. Returns how many were written.
int AvailableKernels(const Kernels<float>* out[], int capacity);

// Uses the table of that name from now on ("portable", "avx2", "avx512", "neon"); false when this
// CPU or build has no such table.
bool ForceIsa(const char* isa);

// Replaces the matrix product of the float table in use, whichever that is or will be (host
// programs install OpenBLAS).
void SetGemm(void (*gemm)(const GemmArgs<float>&));

}  // namespace slim

#endif  // SLIMSPLIT_CORE_KERNELS_KERNELS_H_
