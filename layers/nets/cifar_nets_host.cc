// Networks for images of about 32x32 pixels.
#include "layers/add.h"
#include "layers/nets/net_blocks_host.h"
#include "layers/option_a_shortcut.h"

namespace slim {

OwnedGraph PlainCnn(const NetOptions& options) {
  NetWriter net(options);
  Channels c = net.b.Fixed(options.channels);
  Value x = net.b.Input(c);
  for (int i = 1; i <= 3; ++i) {
    const Channels out = net.Sliced(8 << i);
    const std::string number = std::to_string(i);
    x = net.ConvBn("conv" + number, "bn" + number, x, c, out, 3, i == 1 ? 1 : 2, Activation::kRelu);
    c = out;
  }
  return net.Classify("linear", x, c);
}

OwnedGraph ResNet8(const NetOptions& options) {
  NetWriter net(options);
  const Channels rgb = net.b.Fixed(options.channels);
  Channels c = net.Sliced(16);
  Value x = net.ConvBn("conv1", "bn1", net.b.Input(rgb), rgb, c, 3, 1, Activation::kRelu);
  for (int stage = 1; stage <= 3; ++stage) {
    const std::string block = "layer" + std::to_string(stage) + ".0.";
    const int stride = stage == 1 ? 1 : 2;
    const Channels out = stage == 1 ? c : net.Sliced(8 << stage);
    Value y = net.ConvBn(block + "conv1", block + "bn1", x, c, out, 3, stride, Activation::kRelu);
    y = net.ConvBn(block + "conv2", block + "bn2", y, out, out, 3, 1, Activation::kNone);
    if (stage > 1) {
      x = net.ConvBn(block + "downsample.0", block + "downsample.1", x, c, out, 1, stride,
                     Activation::kNone);
    }
    x = net.b.Add(block + "add", Add{Activation::kRelu}, {x, y});
    c = out;
  }
  return net.Classify("linear", x, c);
}

OwnedGraph CifarResNet(int n, const NetOptions& options) {
  NetWriter net(options);
  const Channels rgb = net.b.Fixed(options.channels);
  Channels c = net.Sliced(16);
  Value x = net.ConvBn("conv1", "bn1", net.b.Input(rgb), rgb, c, 3, 1, Activation::kRelu);
  for (int stage = 1; stage <= 3; ++stage) {
    const Channels out = stage == 1 ? c : net.Sliced(8 << stage);
    for (int i = 0; i < n; ++i) {
      const std::string block = "layer" + std::to_string(stage) + "." + std::to_string(i) + ".";
      const int stride = stage > 1 && i == 0 ? 2 : 1;
      Value y = net.ConvBn(block + "conv1", block + "bn1", x, c, out, 3, stride, Activation::kRelu);
      // The shortcut comes before the convolution that the addition can then fold into.
      if (stride == 2) {
        OptionAShortcut shortcut;
        shortcut.in = c;
        shortcut.out = out;
        shortcut.centred = options.centred_shortcuts ? 1 : 0;
        x = net.b.Add(block + "shortcut", shortcut, {x});
      }
      y = net.ConvBn(block + "conv2", block + "bn2", y, out, out, 3, 1, Activation::kNone);
      x = net.b.Add(block + "add", Add{Activation::kRelu}, {x, y});
      c = out;
    }
  }
  return net.Classify("linear", x, c);
}

}  // namespace slim
