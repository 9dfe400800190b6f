// ResNets for images of 224x224 pixels.
#include "layers/add.h"
#include "layers/max_pool.h"
#include "layers/nets/net_blocks_host.h"

namespace slim {
namespace {

struct Block {
  std::string name;  // with a dot at its end
  Channels in, middle, out;
  int stride;
};

Value BasicBlock(NetWriter& net, const Block& b, Value x) {
  x = net.ConvBn(b.name + "conv1", b.name + "bn1", x, b.in, b.out, 3, b.stride, Activation::kRelu);
  return net.ConvBn(b.name + "conv2", b.name + "bn2", x, b.out, b.out, 3, 1, Activation::kNone);
}

Value Bottleneck(NetWriter& net, const Block& b, Value x) {
  x = net.ConvBn(b.name + "conv1", b.name + "bn1", x, b.in, b.middle, 1, 1, Activation::kRelu);
  x = net.ConvBn(b.name + "conv2", b.name + "bn2", x, b.middle, b.middle, 3, b.stride,
                 Activation::kRelu);
  return net.ConvBn(b.name + "conv3", b.name + "bn3", x, b.middle, b.out, 1, 1, Activation::kNone);
}

struct Design {
  int blocks[4];  // per stage
  int expansion;  // channels of a block's output for each of its middle
  Value (*body)(NetWriter& net, const Block& b, Value x);
};

OwnedGraph ResNet(const Design& design, const NetOptions& options) {
  NetWriter net(options);
  const Channels rgb = net.b.Fixed(options.channels);
  Channels c = net.Sliced(64);
  Value x = net.ConvBn("conv1", "bn1", net.b.Input(rgb), rgb, c, 7, 2, Activation::kRelu);
  x = net.b.Add("maxpool", MaxPool{3, 2, 1}, {x});
  for (int stage = 1; stage <= 4; ++stage) {
    const int width = 32 << stage;
    // The stem's channels go through the first stage unless it widens them.
    const bool widens = stage > 1 || design.expansion > 1;
    const Channels out = widens ? net.Sliced(width * design.expansion) : c;
    const Channels middle = design.expansion > 1 ? net.Sliced(width) : out;
    for (int i = 0; i < design.blocks[stage - 1]; ++i) {
      const int stride = stage > 1 && i == 0 ? 2 : 1;
      const Block block = {"layer" + std::to_string(stage) + "." + std::to_string(i) + ".", c,
                           middle, out, stride};
      const Value y = design.body(net, block, x);
      if (i == 0 && widens) {
        x = net.ConvBn(block.name + "downsample.0", block.name + "downsample.1", x, c, out, 1,
                       stride, Activation::kNone);
      }
      x = net.b.Add(block.name + "add", Add{Activation::kRelu}, {x, y});
      c = out;
    }
  }
  return net.Classify("fc", x, c);
}

}  // namespace

OwnedGraph ResNet18(const NetOptions& options) {
  return ResNet({{2, 2, 2, 2}, 1, BasicBlock}, options);
}

OwnedGraph ResNet50(const NetOptions& options) {
  return ResNet({{3, 4, 6, 3}, 4, Bottleneck}, options);
}

}  // namespace slim
