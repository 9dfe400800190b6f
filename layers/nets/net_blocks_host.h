// What the reference networks are written with.
#ifndef SLIMSPLIT_LAYERS_NETS_NET_BLOCKS_HOST_H_
#define SLIMSPLIT_LAYERS_NETS_NET_BLOCKS_HOST_H_

#include <string>

#include "layers/batch_norm.h"
#include "layers/conv2d.h"
#include "layers/depthwise_conv2d.h"
#include "layers/global_avg_pool.h"
#include "layers/linear.h"
#include "layers/nets/nets_host.h"

namespace slim {

struct NetWriter {
  explicit NetWriter(const NetOptions& net_options)
      : options(net_options), b(options.height, options.width, UniformWidths(options.widths)) {}

  Channels Sliced(int count) { return b.Sliced(count, options.divisor); }

  // A convolution ("same" padding, no bias) called `conv`, then a batch norm with the activation
  // called `bn`.
  Value ConvBn(const std::string& conv, const std::string& bn, Value x, Channels in, Channels out,
               int kernel, int stride, Activation activation) {
    Conv2d layer;
    layer.in = in;
    layer.out = out;
    layer.kernel = static_cast<uint8_t>(kernel);
    layer.stride = static_cast<uint8_t>(stride);
    layer.padding = static_cast<uint8_t>(kernel / 2);
    return Norm(bn, b.Add(conv, layer, {x}), out, activation);
  }

  // The same with a 3x3 kernel per channel.
  Value DepthwiseBn(const std::string& conv, const std::string& bn, Value x, Channels channels,
                    int stride, Activation activation) {
    DepthwiseConv2d layer;
    layer.channels = channels;
    layer.stride = static_cast<uint8_t>(stride);
    return Norm(bn, b.Add(conv, layer, {x}), channels, activation);
  }

  Value Norm(const std::string& name, Value x, Channels channels, Activation activation) {
    BatchNorm norm;
    norm.channels = channels;
    norm.affine = options.affine;
    norm.activation = activation;
    return b.Add(name, norm, {x});
  }

  // Mean pool and the linear classifier called `name`; finishes the network.
  OwnedGraph Classify(const std::string& name, Value x, Channels channels) {
    x = b.Add("avgpool", GlobalAvgPool{}, {x});
    Linear linear;
    linear.in = channels;
    linear.out = b.Fixed(options.classes);
    b.Add(name, linear, {x});
    return b.Build();
  }

  NetOptions options;
  GraphBuilder b;
};

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_NETS_NET_BLOCKS_HOST_H_
