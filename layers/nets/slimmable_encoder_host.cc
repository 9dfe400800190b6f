// The encoder of Slimmable Encoders in its own geometry: an ensemble of small encoders for 384x384
// images.
#include <vector>

#include "layers/activations.h"
#include "layers/add.h"
#include "layers/blocks_host.h"
#include "layers/instance_norm.h"
#include "layers/nets/net_blocks_host.h"
#include "layers/weighted_sum.h"

namespace slim {
namespace {

class MemberWriter {
 public:
  MemberWriter(GraphBuilder& b, const std::string& name, BatchNormAffine affine)
      : b_(b), name_(name), affine_(affine) {}

  Value Write(Value image, Channels rgb) {
    const Channels c4 = b_.Fixed(4), c6 = b_.Fixed(6);
    Conv2d stem{rgb, c6, 3, 2, 0};
    Value x = b_.Add(name_ + ".conv", stem, {image});
    BatchNorm norm;
    norm.channels = c6;
    norm.affine = affine_;
    x = b_.Add(name_ + ".bn", norm, {x});
    x = Block("block1", x, c6, c4, 1, 1, false);
    x = Block("block2", x, c4, c4, 1, 1, true);
    x = Block("block3", x, c4, c6, 6, 2, false);
    x = Block("block4", x, c6, c6, 6, 1, true);
    return Block("block5", x, c6, c6, 6, 1, false);
  }

 private:
  // A fused inverted bottleneck: a whole 3x3 convolution that expands, instance norm, swish,
  // squeeze-excite, a 1x1 convolution that projects, instance norm.
  Value Block(const std::string& block, Value input, Channels in, Channels out, int expand,
              int stride, bool residual) {
    const std::string name = name_ + "." + block;
    const int inputs = b_.Full(in);
    const Channels wide = b_.Fixed(expand * inputs);
    const Channels squeezed = b_.Fixed(inputs / 4 > 1 ? inputs / 4 : 1);
    Value x =
        b_.Add(name + ".expand", Conv2d{in, wide, 3, static_cast<uint8_t>(stride), 1}, {input});
    x = b_.Add(name + ".norm1", InstanceNorm{wide}, {x});
    x = b_.Add(name + ".swish", Swish{}, {x});
    x = AddSqueezeExcite(b_, name + ".se", x, wide, squeezed);
    x = b_.Add(name + ".project", Conv2d{wide, out, 1, 1, 0}, {x});
    x = b_.Add(name + ".norm2", InstanceNorm{out}, {x});
    return residual ? b_.Add(name + ".add", Add{}, {x, input}) : x;
  }

  GraphBuilder& b_;
  const std::string name_;
  const BatchNormAffine affine_;
};

}  // namespace

OwnedGraph SlimmableEncoder(const NetOptions& options) {
  constexpr int kMembers = 4;
  NetWriter net(options);
  const Channels rgb = net.b.Fixed(options.channels);
  const Value image = net.b.Input(rgb);
  std::vector<Value> members;
  for (int i = 0; i < kMembers; ++i) {
    members.push_back(
        MemberWriter(net.b, "member" + std::to_string(i), options.affine).Write(image, rgb));
  }
  WeightedSum sum;
  sum.members = net.b.Sliced(kMembers);
  net.b.Add("sum", sum, members);
  return net.b.Build();
}

}  // namespace slim
