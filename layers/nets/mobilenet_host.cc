// MobileNetV2.
#include <algorithm>

#include "layers/add.h"
#include "layers/nets/net_blocks_host.h"

namespace slim {
namespace {

struct Stage {
  int expansion, channels, blocks, stride;
};
constexpr Stage kStages[] = {{1, 16, 1, 1}, {6, 24, 2, 2},  {6, 32, 3, 2}, {6, 64, 4, 2},
                             {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}};

}  // namespace

OwnedGraph MobileNetV2(const NetOptions& options) {
  NetWriter net(options);
  const int divisor = std::max(8, options.divisor);
  const Channels rgb = net.b.Fixed(options.channels);
  Channels c = net.b.Sliced(32, divisor);
  Value x = net.ConvBn("features.0.0", "features.0.1", net.b.Input(rgb), rgb, c, 3, 2,
                       Activation::kRelu6);
  int index = 1;
  for (const Stage& stage : kStages) {
    const Channels out = net.b.Sliced(stage.channels, divisor);
    for (int i = 0; i < stage.blocks; ++i, ++index) {
      const std::string block = "features." + std::to_string(index) + ".";
      // PyTorch's names: conv.K.0 and conv.K.1 are a convolution and its norm.
      int k = 0;
      Value y = x;
      Channels hidden = c;
      if (stage.expansion > 1) {
        hidden = net.b.Multiple(c, stage.expansion);
        y = net.ConvBn(block + "conv.0.0", block + "conv.0.1", y, c, hidden, 1, 1,
                       Activation::kRelu6);
        ++k;
      }
      const std::string depthwise = block + "conv." + std::to_string(k);
      y = net.DepthwiseBn(depthwise + ".0", depthwise + ".1", y, hidden, i == 0 ? stage.stride : 1,
                          Activation::kRelu6);
      y = net.ConvBn(block + "conv." + std::to_string(k + 1),
                     block + "conv." + std::to_string(k + 2), y, hidden, out, 1, 1,
                     Activation::kNone);
      x = i == 0 ? y : net.b.Add(block + "add", Add{}, {x, y});
      c = out;
    }
  }
  const Channels last = net.b.Fixed(1280);
  const std::string name = "features." + std::to_string(index);
  x = net.ConvBn(name + ".0", name + ".1", x, c, last, 1, 1, Activation::kRelu6);
  return net.Classify("classifier.1", x, last);
}

}  // namespace slim
