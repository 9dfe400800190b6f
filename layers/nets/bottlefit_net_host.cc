#include "layers/nets/bottlefit_net_host.h"

#include <string>

#include "core/error_host.h"
#include "layers/activations.h"
#include "layers/avg_pool.h"
#include "layers/batch_norm.h"
#include "layers/conv2d.h"
#include "layers/max_pool.h"
#include "layers/nets/teacher_part_host.h"

namespace slim {
namespace {

// Images at least this large begin with ResNet's stem for ImageNet, smaller ones with that for
// CIFAR.
constexpr int64_t kLargeImage = 64;

class Writer {
 public:
  Writer(const OwnedGraph& teacher, const SplitNetOptions& options)
      : o_(options),
        teacher_(teacher),
        at_(teacher_.Find(options.at)),
        b_(teacher_.Builder(WidthRows{{1}, {"1"}})) {}

  OwnedGraph Write() {
    const Shape& target = teacher_.ShapeOf(at_);
    const Channels latent = b_.Fixed(o_.latent), out = b_.Fixed(static_cast<int>(target.c()));
    const Value imitated = Decoder(Encoder(latent, target), latent, out);
    const std::string whose = "--split-at " + o_.at;
    teacher_.AddNodes(&b_, at_ + 1, teacher_.last_node(), imitated, whose);
    return b_.Build();
  }

 private:
  Value Conv(const std::string& name, Value x, Channels in, Channels out, int kernel, int stride,
             int padding) {
    Conv2d conv;
    conv.in = in;
    conv.out = out;
    conv.kernel = static_cast<uint8_t>(kernel);
    conv.stride = static_cast<uint8_t>(stride);
    conv.padding = static_cast<uint8_t>(padding);
    return b_.Add(name, conv, {x});
  }

  Value NormRelu(const std::string& name, Value x, Channels channels) {
    const BatchNorm norm = {channels, 1e-5f, BatchNormAffine::kPerWidth, Activation::kRelu};
    return b_.Add(name, norm, {x});
  }

  // The stem or the teacher's own first nodes, max pools down to twice the target's side, and a
  // convolution to the few channels that travel.
  Value Encoder(Channels latent, const Shape& target) {
    Value x = b_.Input(teacher_.image_channels());
    Channels c;
    int64_t side;
    if (o_.encoder_from.empty()) {
      const bool large = teacher_.image_height() >= kLargeImage;
      c = b_.Fixed(o_.encoder_channels);
      x = Conv("encoder.conv1", x, teacher_.image_channels(), c, large ? 7 : 3, large ? 2 : 1,
               large ? 3 : 1);
      x = NormRelu("encoder.bn1", x, c);
      side = large ? (teacher_.image_height() + 1) / 2 : teacher_.image_height();
    } else {
      const int32_t from = teacher_.Find(o_.encoder_from);
      const Shape& shape = teacher_.ShapeOf(from);
      x = teacher_.AddNodes(&b_, 0, from, x, "--encoder-from " + o_.encoder_from);
      c = b_.Fixed(static_cast<int>(shape.c()));
      side = shape.h();
    }
    for (int i = 1; side > 2 * target.h(); ++i, side = (side + 1) / 2) {
      const std::string number = std::to_string(i);
      x = b_.Add("encoder.pool" + number, MaxPool{3, 2, 1}, {x});
      x = NormRelu("encoder.pool" + number + ".bn", x, c);
    }
    if (side != 2 * target.h()) {
      throw UsageError("the encoder's map has a side of " + std::to_string(side) +
                       ", which is not twice that of --split-at " + o_.at + ", " +
                       std::to_string(target.h()) + "; choose other nodes");
    }
    return Conv("bottleneck", x, c, latent, 2, 2, 1);
  }

  // From a side of n + 1 to n: 2x2 convolutions, of which the first two widen their map by a pixel
  // each and the others narrow it.
  Value Decoder(Value x, Channels latent, Channels out) {
    x = NormRelu("decoder.bn0", x, latent);
    Channels in = latent;
    for (int i = 1; i <= 4; ++i, in = out) {
      const std::string number = std::to_string(i);
      x = Conv("decoder.conv" + number, x, in, out, 2, 1, i <= 2 ? 1 : 0);
      if (i < 4) x = NormRelu("decoder.bn" + number, x, out);
    }
    AvgPool pool;
    pool.kernel = 2;
    pool.stride = 1;
    return b_.Add("decoder.out", pool, {x});
  }

  const SplitNetOptions& o_;
  const TeacherPart teacher_;
  const int32_t at_;
  GraphBuilder b_;
};

}  // namespace

OwnedGraph MakeBottleFitNet(const OwnedGraph& teacher, const SplitNetOptions& options) {
  if (options.latent < 1 || options.encoder_channels < 1) {
    throw UsageError("--latent and --encoder-channels must be at least 1");
  }
  return Writer(teacher, options).Write();
}

}  // namespace slim
