#include <numeric>

#include "gtest/gtest.h"
#include "layers/torch_layout_host.h"

namespace slim {
namespace {

using Numbers = std::vector<float>;
using Sizes = std::vector<int64_t>;

// 0, 1, 2, ... in our order, as PyTorch holds them; and back again.
Numbers InTorch(ParamRole role, const Shape& shape) {
  Numbers ours(static_cast<size_t>(shape.Count())), torch(ours.size(), -1.0f), back(ours.size());
  std::iota(ours.begin(), ours.end(), 0.0f);
  ToTorch(role, shape, ours.data(), torch.data());
  FromTorch(role, shape, torch.data(), back.data());
  EXPECT_EQ(back, ours);
  return torch;
}

TEST(TorchLayout, Conv) {
  // O 2, KW 2, I 2: the inputs of a tap are neighbours here, the taps of an input in PyTorch.
  EXPECT_EQ(InTorch(ParamRole::kConvWeight, Shape(1, 2, 1, 2, 2)),
            (Numbers{0, 2, 1, 3, 4, 6, 5, 7}));
  // Two groups of one output each: the same numbers, since groups and outputs are one axis there.
  EXPECT_EQ(InTorch(ParamRole::kConvWeight, Shape(2, 1, 1, 2, 2)),
            (Numbers{0, 2, 1, 3, 4, 6, 5, 7}));
  EXPECT_EQ(TorchShape(ParamRole::kConvWeight, Shape(2, 3, 5, 4, 7)), (Sizes{6, 7, 5, 4}));
  InTorch(ParamRole::kConvWeight, Shape(2, 3, 5, 4, 7));
}

TEST(TorchLayout, TransposedConv) {
  EXPECT_EQ(InTorch(ParamRole::kTransposedConvWeight, Shape(1, 2, 1, 2, 2)),
            (Numbers{0, 2, 4, 6, 1, 3, 5, 7}));
  EXPECT_EQ(TorchShape(ParamRole::kTransposedConvWeight, Shape(1, 3, 5, 4, 7)),
            (Sizes{7, 3, 5, 4}));
  InTorch(ParamRole::kTransposedConvWeight, Shape(1, 3, 5, 4, 7));
}

TEST(TorchLayout, Depthwise) {
  EXPECT_EQ(InTorch(ParamRole::kDepthwiseWeight, Shape(2, 2, 2)),
            (Numbers{0, 2, 4, 6, 1, 3, 5, 7}));
  EXPECT_EQ(TorchShape(ParamRole::kDepthwiseWeight, Shape(5, 4, 7)), (Sizes{7, 1, 5, 4}));
  InTorch(ParamRole::kDepthwiseWeight, Shape(5, 4, 7));
}

TEST(TorchLayout, Linear) {
  // Two outputs, two taps of three channels.
  EXPECT_EQ(InTorch(ParamRole::kLinearWeight, Shape(2, 2, 3)),
            (Numbers{0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11}));
  EXPECT_EQ(TorchShape(ParamRole::kLinearWeight, Shape(2, 4, 3)), (Sizes{2, 12}));
}

TEST(TorchLayout, OthersStayAsTheyAre) {
  EXPECT_EQ(InTorch(ParamRole::kBias, Shape(3)), (Numbers{0, 1, 2}));
  EXPECT_EQ(InTorch(ParamRole::kGdnGamma, Shape(2, 2)), (Numbers{0, 1, 2, 3}));
  EXPECT_EQ(TorchShape(ParamRole::kGdnGamma, Shape(4, 4)), (Sizes{4, 4}));
}

}  // namespace
}  // namespace slim
