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

extern const int kTile;  // target pixels per tile
void GatherConv(const GatherConvArgs<float>& a, int64_t begin, int64_t end);
void ConvWeightGrad(const ConvWeightGradArgs<float>& a, int64_t image_begin, int64_t image_end);
void PlanarConv(const PlanarConvArgs<float>& a, int64_t begin, int64_t end);
void WinogradConv(const WinogradConvArgs<float>& a, int64_t begin, int64_t end);
void WinogradWeightGrad(const WinogradWeightGradArgs<float>& a, int64_t begin, int64_t end);
void PackWeights(int tile_side, const WeightView<const float>& w, int64_t packed_inputs,
                 float* packed, int64_t begin, int64_t end);
void AddWeightSums(const WeightSums<float>& a, int64_t begin, int64_t end);
void RowProducts(const GemmArgs<float>& g);
void Depthwise(const DepthwiseArgs<float>& a, int64_t row_begin, int64_t row_end);
void DepthwiseWeightGrad(const ConvGeometry& g, const float* x, const float* dy, int64_t channels,
                         bool in_memory, float* gradient);
void ChannelMoments(const float* x, int64_t pixels, int64_t channels, const float* shift,
                    double* sum, double* squares);
void ChannelSums(const float* x, int64_t pixels, int64_t channels, double* sum);
void ChannelAffine(const float* x, int64_t pixels, int64_t channels, const float* scale,
                   const float* bias, Clamp<float> clamp, float* y);
void ChannelAffineSwish(const float* x, int64_t pixels, int64_t channels, const float* scale,
                        const float* bias, float* y);
void ChannelGradSums(const MaskedGrad<float>& a, int64_t pixels, int64_t channels,
                     const float* mean, double* sum, double* sum_x);
void ChannelGradApply(const MaskedGrad<float>& in, int64_t pixels, int64_t channels, const float* a,
                      const float* b, const float* mean, const float* constant, bool accumulate,
                      float* dx);
void Add(const float* a, const float* b, int64_t count, Clamp<float> clamp, float* y);
void Maximum(const float* x, int64_t count, float* y);
void Sigmoid(const float* x, int64_t count, float* y);
void Swish(const float* x, int64_t count, float* y);
void ClampGrad(const float* y, const float* dy, int64_t count, Clamp<float> clamp, bool accumulate,
               float* dx);

}  // namespace SLIM_ISA
}  // namespace slim

#endif  // SLIMSPLIT_CORE_KERNELS_ISA_KERNELS_H_
