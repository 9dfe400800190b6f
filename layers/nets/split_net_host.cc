#include "layers/nets/split_net_host.h"

#include <math.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "core/error_host.h"
#include "layers/activations.h"
#include "layers/add.h"
#include "layers/batch_norm.h"
#include "layers/conv2d.h"
#include "layers/entropy_bottleneck.h"
#include "layers/fake_quantize.h"
#include "layers/instance_norm.h"
#include "layers/nets/bottlefit_net_host.h"
#include "layers/nets/teacher_part_host.h"
#include "layers/transposed_conv2d.h"
#include "layers/weighted_sum.h"

namespace slim {
namespace {

// All pairs (compute, rate), the cheapest first, the best last.
struct Modes {
  WidthRows rows;
  std::vector<int> compute, rate;  // of each row, from 1

  explicit Modes(const SplitNetOptions& o) {
    std::vector<std::string> computes;
    if (!o.encoder_widths.empty()) {
      for (const std::string& width : UniformWidths(o.encoder_widths).names) {
        computes.push_back(width + ":");
      }
    } else {
      for (int s = 1; s <= o.members; ++s) computes.push_back(std::to_string(s) + ".");
    }
    for (int c = 1; c <= static_cast<int>(computes.size()); ++c) {
      for (int r = 1; r <= (o.rates > 0 ? o.rates : o.bits); ++r) {
        rows.names.push_back(computes[c - 1] + std::to_string(r));
        rows.multipliers.push_back(1);
        compute.push_back(c);
        rate.push_back(r);
      }
    }
  }
};

constexpr int kMaxBlocks = 64;

void Check(const SplitNetOptions& o) {
  if (!o.encoder_from.empty()) throw UsageError("--encoder-from goes with --bottlefit");
  if (o.members < 1 || o.members > kMaxInputs) throw UsageError("--members must lie in [1, 8]");
  if (o.bits < 1 || o.bits > 8) throw UsageError("--bits must lie in [1, 8]");
  if (o.rates < 0 || o.rates > 16) throw UsageError("--rates must lie in [0, 16]");
  if (!o.encoder_widths.empty() && o.encoder_widths.back() != 1) {
    throw UsageError("--encoder-widths must end with 1");
  }
  if (o.latent < 1 || o.encoder_channels < 1 || o.decoder_channels < 1) {
    throw UsageError("--latent, --encoder-channels and --decoder-channels must be at least 1");
  }
  if (o.decoder_blocks < 0 || o.decoder_blocks > kMaxBlocks) {
    throw UsageError("--decoder-blocks must lie in [0, " + std::to_string(kMaxBlocks) + "]");
  }
}

class Writer {
 public:
  Writer(const OwnedGraph& teacher, const SplitNetOptions& options)
      : o_(options),
        teacher_(teacher),
        at_(teacher_.Find(options.at)),
        modes_(options),
        b_(teacher_.Builder(modes_.rows)) {}

  OwnedGraph Write() {
    const Value image = b_.Input(teacher_.image_channels());
    const Channels latent = b_.Fixed(o_.latent);
    const Value y = o_.encoder_widths.empty() ? Ensemble(image, latent) : Sliced(image, latent);
    teacher_.AddNodes(&b_, at_ + 1, teacher_.last_node(), Decoder(Bottleneck(y, latent), latent),
                      "--split-at " + o_.at);
    return b_.Build();
  }

 private:
  Value Conv(const std::string& name, Value x, Channels in, Channels out, int kernel, int stride) {
    Conv2d conv;
    conv.in = in;
    conv.out = out;
    conv.kernel = static_cast<uint8_t>(kernel);
    conv.stride = static_cast<uint8_t>(stride);
    conv.padding = static_cast<uint8_t>(kernel / 2);
    return b_.Add(name, conv, {x});
  }

  // Scale and shift are shared, so what the best mode learnt serves a mode that is drawn once in
  // fourteen steps; statistics are each mode's own.
  Value BatchNormOf(const std::string& name, Value x, Channels channels, Activation activation) {
    return b_.Add(name, BatchNorm{channels, 1e-5f, BatchNormAffine::kShared, activation}, {x});
  }

  // Without learned scale and shift: what is weighed or quantised next.
  Value Normalised(const std::string& name, Value x, Channels channels) {
    if (o_.batch_norm) return BatchNormOf(name, x, channels, Activation::kNone);
    return b_.Add(name, InstanceNorm{channels}, {x});
  }

  // Convolution, norm, activation. An instance norm keeps nothing for a mode; a batch norm and ReLU
  // cost the device nothing.
  Value Stage(const std::string& name, Value x, Channels in, Channels out, int stride) {
    x = Conv(name, x, in, out, 3, stride);
    if (o_.batch_norm) return BatchNormOf(name + ".norm", x, out, Activation::kRelu);
    x = b_.Add(name + ".norm", InstanceNorm{out, 1e-5f, 1}, {x});
    return b_.Add(name + ".swish", Swish{}, {x});
  }

  Value Stages(const std::string& name, Value x, Channels a, Channels c, Channels latent) {
    x = Stage(name + ".conv1", x, teacher_.image_channels(), a, 2);
    x = Stage(name + ".conv2", x, a, a, 1);
    x = Stage(name + ".conv3", x, a, c, 2);
    return Conv(name + ".project", x, c, latent, 1, 1);
  }

  Value Ensemble(Value image, Channels latent) {
    const Channels a = b_.Fixed(o_.encoder_channels), c = b_.Fixed(2 * o_.encoder_channels);
    std::vector<Value> members;
    for (int i = 0; i < o_.members; ++i) {
      const std::string name = "encoder.member" + std::to_string(i);
      const Value x = Stages(name, image, a, c, latent);
      members.push_back(Normalised(name + ".norm", x, latent));
    }
    WeightedSum sum;
    sum.members = b_.PerWidth(o_.members, modes_.compute);
    return b_.Add("encoder.sum", sum, members);
  }

  Value Sliced(Value image, Channels latent) {
    const auto channels = [&](int full) {
      std::vector<int> active;
      for (const int compute : modes_.compute) {
        const double width = o_.encoder_widths[compute - 1];
        active.push_back(std::max(1, static_cast<int>(lround(full * width))));
      }
      return b_.PerWidth(full, active);
    };
    return Stages("encoder", image, channels(o_.encoder_channels),
                  channels(2 * o_.encoder_channels), latent);
  }

  Value Bottleneck(Value y, Channels latent) {
    if (o_.rates > 0) {
      // No norm: how far a channel reaches is what it may cost.
      return b_.Add("bottleneck", EntropyBottleneck{latent, b_.PerWidth(o_.rates, modes_.rate)},
                    {y});
    }
    y = Normalised("encoder.norm", y, latent);
    return b_.Add("bottleneck", FakeQuantize{latent, b_.PerWidth(o_.bits, modes_.rate)}, {y});
  }

  Value ConvBn(const std::string& name, Value x, Channels in, Channels out, Activation activation) {
    return BatchNormOf(name, Conv(name + ".conv", x, in, out, 3, 1), out, activation);
  }

  Value Block(const std::string& name, Value x, Channels c) {
    const Value y = ConvBn(name + ".stage1", x, c, c, Activation::kRelu);
    return b_.Add(name + ".add", Add{Activation::kRelu},
                  {x, ConvBn(name + ".stage2", y, c, c, Activation::kNone)});
  }

  Value Decoder(Value x, Channels latent) {
    const Shape& target = teacher_.ShapeOf(at_);
    const Channels c = b_.Fixed(o_.decoder_channels), out = b_.Fixed(static_cast<int>(target.c()));
    int64_t h = (teacher_.image_height() + 3) / 4, w = (teacher_.image_width() + 3) / 4;
    x = ConvBn("decoder.stage1", x, latent, c, Activation::kRelu);
    x = ConvBn("decoder.stage2", x, c, c, Activation::kRelu);
    for (int i = 1; i <= o_.decoder_blocks; ++i)
      x = Block("decoder.block" + std::to_string(i), x, c);
    for (int i = 1; h < target.h(); ++i, h *= 2, w *= 2) {
      const std::string name = "decoder.up" + std::to_string(i);
      x = b_.Add(name + ".conv", TransposedConv2d{c, c, 2, 2, 0, 0}, {x});
      x = BatchNormOf(name, x, c, Activation::kRelu);
    }
    if (h != target.h() || w != target.w()) {
      throw UsageError("--split-at " + o_.at + ": its map is " + std::to_string(target.h()) + "x" +
                       std::to_string(target.w()) +
                       ", which is not a quarter of the image's side, "
                       "a half or the whole; choose another node");
    }
    return ConvBn("decoder.out", x, c, out, teacher_.ActivationOf(at_));
  }

  const SplitNetOptions& o_;
  const TeacherPart teacher_;
  const int32_t at_;
  const Modes modes_;
  GraphBuilder b_;
};

}  // namespace

OwnedGraph MakeSplitNet(const OwnedGraph& teacher, const SplitNetOptions& options) {
  if (options.bottlefit) return MakeBottleFitNet(teacher, options);
  Check(options);
  return Writer(teacher, options).Write();
}

}  // namespace slim
