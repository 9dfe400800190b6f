// The kernel table of one instruction set. `gemm` is filled in by the dispatcher.
#include "core/kernels/isa_kernels.h"
#include "core/kernels/lanes.h"

namespace slim {
namespace SLIM_ISA {

Kernels<float> Table();

Kernels<float> Table() {
  Kernels<float> table = {};
  table.isa = SLIM_ISA_NAME;
  table.tile = kTile;
  table.gather_conv = GatherConv;
  table.conv_weight_grad = ConvWeightGrad;
  table.planar_conv = PlanarConv;
  table.winograd_conv = WinogradConv;
  table.winograd_weight_grad = WinogradWeightGrad;
  table.pack_weights = PackWeights;
  table.add_weight_sums = AddWeightSums;
  table.row_products = RowProducts;
  table.depthwise = Depthwise;
  table.depthwise_weight_grad = DepthwiseWeightGrad;
  table.channel_moments = ChannelMoments;
  table.channel_sums = ChannelSums;
  table.channel_affine = ChannelAffine;
  table.channel_affine_swish = ChannelAffineSwish;
  table.channel_grad_sums = ChannelGradSums;
  table.channel_grad_apply = ChannelGradApply;
  table.add = Add;
  table.clamp_grad = ClampGrad;
  table.maximum = Maximum;
  table.sigmoid = Sigmoid;
  table.swish = Swish;
  return table;
}

}  // namespace SLIM_ISA
}  // namespace slim
