// The vectorised kernels of one instruction set: each of these sources is compiled into the
// namespace SLIM_ISA.
#ifndef SLIMSPLIT_CORE_KERNELS_ISA_KERNELS_H_
#define SLIMSPLIT_CORE_KERNELS_ISA_KERNELS_H_

#include "core/kernels/kernels.h"
#include "core/kernels/lanes.h"

namespace slim {
namespace {

static_assert(kTileOutputs <= kMostOutputs && kTileOutputs % kBlock == 0, "whole blocks");

// RoundUpToBlock, as a copy that no other instruction set can come to use.
inline int64_t BlockPitch(int64_t count) { return (count + kBlock - 1) / kBlock * kBlock; }

}  // namespace

namespace SLIM_ISA {

inline constexpr int kTile = kLanes == 16 ? 12 : 6;  // target pixels per tile
void GatherConv(const GatherConvArgs<Scalar>& a, int64_t begin, int64_t end);
void ConvWeightGrad(const ConvWeightGradArgs<Scalar>& a, int64_t image_begin, int64_t image_end);
void PlanarConv(const PlanarConvArgs<Scalar>& a, int64_t begin, int64_t end);
void WinogradConv(const WinogradConvArgs<Scalar>& a, int64_t begin, int64_t end);
void WinogradWeightGrad(const WinogradWeightGradArgs<Scalar>& a, int64_t begin, int64_t end);
void PackWeights(int tile_side, const WeightView<const float>& w, int64_t packed_inputs,
                 float* packed, int64_t begin, int64_t end);
void AddWeightSums(const WeightSums<float>& a, int64_t begin, int64_t end);
void RowProducts(const GemmArgs<float>& g);
void Depthwise(const DepthwiseArgs<Scalar>& a, int64_t row_begin, int64_t row_end);
void DepthwiseWeightGrad(const ConvGeometry& g, const Scalar* x, const Scalar* dy, int64_t channels,
                         bool in_memory, float* gradient);
void ChannelMoments(const Scalar* x, int64_t pixels, int64_t channels, const float* shift,
                    double* sum, double* squares);
void ChannelSums(const Scalar* x, int64_t pixels, int64_t channels, double* sum);
void ChannelAffine(const Scalar* x, int64_t pixels, int64_t channels, const float* scale,
                   const float* bias, Clamp<float> clamp, Scalar* y);
void ChannelAffineSwish(const Scalar* x, int64_t pixels, int64_t channels, const float* scale,
                        const float* bias, Scalar* y);
void ChannelGradSums(const MaskedGrad<Scalar>& a, int64_t pixels, int64_t channels,
                     const float* mean, double* sum, double* sum_x);
void ChannelGradApply(const MaskedGrad<Scalar>& in, int64_t pixels, int64_t channels,
                      const float* a, const float* b, const float* mean, const float* constant,
                      bool accumulate, Scalar* dx);
void Add(const Scalar* a, const Scalar* b, int64_t count, Clamp<float> clamp, Scalar* y);
void Widen(const Scalar* x, int64_t count, bool accumulate, float* y);
void Narrow(const float* x, int64_t count, bool accumulate, Scalar* y);
void Maximum(const Scalar* x, int64_t count, Scalar* y);
void Sigmoid(const Scalar* x, int64_t count, Scalar* y);
void Swish(const Scalar* x, int64_t count, Scalar* y);
void ClampGrad(const Scalar* y, const Scalar* dy, int64_t count, Clamp<float> clamp,
               bool accumulate, Scalar* dx);

}  // namespace SLIM_ISA
}  // namespace slim

#endif  // SLIMSPLIT_CORE_KERNELS_ISA_KERNELS_H_
