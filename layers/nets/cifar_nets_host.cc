// Networks for images of about 32x32 pixels.
#include "layers/add.h"
#include "layers/conv2d.h"
#include "layers/global_avg_pool.h"
#include "layers/linear.h"
#include "layers/nets/net_blocks_host.h"
#include "layers/nets/nets_host.h"
#include "layers/option_a_shortcut.h"

namespace slim {

OwnedGraph PlainCnn(const NetOptions& options) {
  NetWriter net(options);
  Channels c = net.b.Fixed(options.channels);
  Value x = net.b.Input(c);
  for (const int full : {16, 32, 64}) {
    const Channels out = net.Sliced(full);
    const std::string name = "conv" + std::to_string(full);
    x = net.ConvBn(name, x, c, out, 3, full == 16 ? 1 : 2, Activation::kRelu);
    c = out;
  }
  return net.Classify(x, c);
}

OwnedGraph ResNet8(const NetOptions& options) {
  NetWriter net(options);
  const Channels rgb = net.b.Fixed(options.channels);
  Channels c = net.Sliced(16);
  Value x = net.ConvBn("stem", net.b.Input(rgb), rgb, c, 3, 1, Activation::kRelu);
  for (int stage = 1; stage <= 3; ++stage) {
    const std::string name = "stage" + std::to_string(stage);
    const int stride = stage == 1 ? 1 : 2;
    const Channels out = stage == 1 ? c : net.Sliced(16 << (stage - 1));
    Value y = net.ConvBn(name + ".conv1", x, c, out, 3, stride, Activation::kRelu);
    y = net.ConvBn(name + ".conv2", y, out, out, 3, 1, Activation::kNone);
    if (stage > 1) x = net.ConvBn(name + ".shortcut", x, c, out, 1, stride, Activation::kNone);
    x = net.b.Add(name + ".add", Add{Activation::kRelu}, {x, y});
    c = out;
  }
  return net.Classify(x, c);
}

OwnedGraph CifarResNet(int n, const NetOptions& options) {
  NetWriter net(options);
  const Channels rgb = net.b.Fixed(options.channels);
  Channels c = net.Sliced(16);
  Value x = net.ConvBn("conv1", net.b.Input(rgb), rgb, c, 3, 1, Activation::kRelu);
  for (int stage = 1; stage <= 3; ++stage) {
    const Channels out = stage == 1 ? c : net.Sliced(16 << (stage - 1));
    for (int block = 0; block < n; ++block) {
      const std::string name = "layer" + std::to_string(stage) + "." + std::to_string(block);
      const int stride = stage > 1 && block == 0 ? 2 : 1;
      Value y = net.ConvBn(name + ".conv1", x, c, out, 3, stride, Activation::kRelu);
      y = net.ConvBn(name + ".conv2", y, out, out, 3, 1, Activation::kNone);
      if (stride == 2) {
        OptionAShortcut shortcut;
        shortcut.in = c;
        shortcut.out = out;
        shortcut.centred = 1;
        x = net.b.Add(name + ".shortcut", shortcut, {x});
      }
      x = net.b.Add(name + ".add", Add{Activation::kRelu}, {x, y});
      c = out;
    }
  }
  return net.Classify(x, c);
}

}  // namespace slim
