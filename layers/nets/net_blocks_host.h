// What the reference networks are written with.
#ifndef SLIMSPLIT_LAYERS_NETS_NET_BLOCKS_HOST_H_
#define SLIMSPLIT_LAYERS_NETS_NET_BLOCKS_HOST_H_

#include <string>

#include "layers/batch_norm.h"
#include "layers/conv2d.h"
#include "layers/global_avg_pool.h"
#include "layers/linear.h"
#include "layers/nets/nets_host.h"

namespace slim {

struct NetWriter {
  explicit NetWriter(const NetOptions& net_options)
      : options(net_options), b(options.height, options.width, UniformWidths(options.widths)) {}

  Channels Sliced(int count) { return b.Sliced(count, options.divisor); }

  // `name` (the convolution, "same" padding, no bias), then `name`.bn with the activation.
  Value ConvBn(const std::string& name, Value x, Channels in, Channels out, int kernel, int stride,
               Activation activation) {
    Conv2d conv;
    conv.in = in;
    conv.out = out;
    conv.kernel = static_cast<uint8_t>(kernel);
    conv.stride = static_cast<uint8_t>(stride);
    conv.padding = static_cast<uint8_t>(kernel / 2);
    return Norm(name + ".bn", b.Add(name, conv, {x}), out, activation);
  }

  Value Norm(const std::string& name, Value x, Channels channels, Activation activation) {
    BatchNorm norm;
    norm.channels = channels;
    norm.affine = options.affine;
    norm.activation = activation;
    return b.Add(name, norm, {x});
  }

  // Mean pool and the linear classifier; finishes the network.
  OwnedGraph Classify(Value x, Channels channels) {
    x = b.Add("pool", GlobalAvgPool{}, {x});
    Linear linear;
    linear.in = channels;
    linear.out = b.Fixed(options.classes);
    b.Add("linear", linear, {x});
    return b.Build();
  }

  NetOptions options;
  GraphBuilder b;
};

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_NETS_NET_BLOCKS_HOST_H_
