// The kernel table of one instruction set. `gemm` is filled in by the dispatcher, for float alone.
#include "core/kernels/isa_kernels.h"

namespace slim {
namespace SLIM_ISA {

extern const Kernels<Scalar> kTable;

const Kernels<Scalar> kTable = {SLIM_ISA_NAME,
                                kTile,
                                GatherConv,
                                ConvWeightGrad,
                                PlanarConv,
                                WinogradConv,
                                WinogradWeightGrad,
                                PackWeights,
                                AddWeightSums,
                                nullptr,
                                RowProducts,
                                Depthwise,
                                DepthwiseWeightGrad,
                                ChannelMoments,
                                ChannelSums,
                                ChannelAffine,
                                ChannelAffineSwish,
                                ChannelGradSums,
                                ChannelGradApply,
                                Add,
                                ClampGrad,
                                Widen,
                                Narrow,
                                Maximum,
                                Sigmoid,
                                Swish};

}  // namespace SLIM_ISA
}  // namespace slim
