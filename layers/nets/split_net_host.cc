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

void Check(const SplitNetOptions& o) {
  if (o.members < 1 || o.members > kMaxInputs) throw UsageError("--members must lie in [1, 8]");
  if (o.bits < 1 || o.bits > 8) throw UsageError("--bits must lie in [1, 8]");
  if (o.rates < 0 || o.rates > 16) throw UsageError("--rates must lie in [0, 16]");
  if (!o.encoder_widths.empty() && o.encoder_widths.back() != 1) {
    throw UsageError("--encoder-widths must end with 1");
  }
  if (o.latent < 1 || o.encoder_channels < 1 || o.decoder_channels < 1) {
    throw UsageError("--latent, --encoder-channels and --decoder-channels must be at least 1");
  }
}

// The activation that the node puts on its own output.
Activation ActivationOf(const Node& node) {
  if (node.kind == LayerKind::kAdd) return reinterpret_cast<const Add*>(node.layer)->activation;
  if (node.kind == LayerKind::kBatchNorm) {
    return reinterpret_cast<const BatchNorm*>(node.layer)->activation;
  }
  return Activation::kNone;
}

class Writer {
 public:
  Writer(const OwnedGraph& teacher, const SplitNetOptions& options)
      : o_(options),
        teacher_(teacher.view()),
        at_(teacher.FindNode(options.at)),
        modes_(options),
        b_(teacher_.height, teacher_.width, modes_.rows) {
    // The teacher's channel spaces keep their numbers, so that its layers can be copied as they
    // are.
    const Width widest = teacher_.plan.rows - 1;
    for (uint16_t space = 0; space < teacher_.plan.spaces; ++space) {
      b_.Fixed(static_cast<int>(teacher_.plan.Active(widest, {space})));
    }
    shapes_.resize(teacher_.num_nodes + 1);
    shapes_[0] = teacher_.InputShape(widest, 1);
    for (int32_t k = 0; k < teacher_.num_nodes; ++k) {
      Inference i;
      const Status status = InferNode(teacher_, k, widest, shapes_.data(), &i);
      if (!status.ok()) {
        throw UsageError(std::string("node \"") + teacher_.nodes[k].name + "\": " + status.text);
      }
    }
  }

  OwnedGraph Write() {
    const Value image = b_.Input(teacher_.channels);
    const Channels latent = b_.Fixed(o_.latent);
    const Value y = o_.encoder_widths.empty() ? Ensemble(image, latent) : Sliced(image, latent);
    Tail(Decoder(Bottleneck(y, latent), latent));
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

  // Convolution, instance norm, swish: the norm keeps nothing for a mode, so members need nothing
  // private to how many of them run.
  Value Stage(const std::string& name, Value x, Channels in, Channels out, int stride) {
    x = Conv(name, x, in, out, 3, stride);
    x = b_.Add(name + ".norm", InstanceNorm{out, 1e-5f, 1}, {x});
    return b_.Add(name + ".swish", Swish{}, {x});
  }

  Value Stages(const std::string& name, Value x, Channels a, Channels c, Channels latent) {
    x = Stage(name + ".conv1", x, teacher_.channels, a, 2);
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
      members.push_back(b_.Add(name + ".norm", InstanceNorm{latent}, {x}));
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
    y = b_.Add("encoder.norm", InstanceNorm{latent}, {y});
    return b_.Add("bottleneck", FakeQuantize{latent, b_.PerWidth(o_.bits, modes_.rate)}, {y});
  }

  Value ConvBn(const std::string& name, Value x, Channels in, Channels out, Activation activation) {
    x = Conv(name + ".conv", x, in, out, 3, 1);
    return b_.Add(name, BatchNorm{out, 1e-5f, BatchNormAffine::kPerWidth, activation}, {x});
  }

  Value Decoder(Value x, Channels latent) {
    const Shape& target = shapes_[at_ + 1];
    const Channels c = b_.Fixed(o_.decoder_channels), out = b_.Fixed(static_cast<int>(target.c()));
    int64_t h = (teacher_.height + 3) / 4, w = (teacher_.width + 3) / 4;
    x = ConvBn("decoder.stage1", x, latent, c, Activation::kRelu);
    x = ConvBn("decoder.stage2", x, c, c, Activation::kRelu);
    for (int i = 1; h < target.h(); ++i, h *= 2, w *= 2) {
      const std::string name = "decoder.up" + std::to_string(i);
      x = b_.Add(name + ".conv", TransposedConv2d{c, c, 2, 2, 0, 0}, {x});
      x = b_.Add(name, BatchNorm{c, 1e-5f, BatchNormAffine::kPerWidth, Activation::kRelu}, {x});
    }
    if (h != target.h() || w != target.w()) {
      throw UsageError("--split-at " + o_.at + ": its map is " + std::to_string(target.h()) + "x" +
                       std::to_string(target.w()) +
                       ", which is not a quarter of the image's side, "
                       "a half or the whole; choose another node");
    }
    return ConvBn("decoder.out", x, c, out, ActivationOf(teacher_.nodes[at_]));
  }

  void Tail(Value imitated) {
    std::vector<Value> values(teacher_.num_nodes + 1);
    values[at_ + 1] = imitated;
    for (int32_t k = at_ + 1; k < teacher_.num_nodes; ++k) {
      Node node = teacher_.nodes[k];
      std::vector<Value> inputs;
      for (int j = 0; j < node.num_inputs; ++j) {
        inputs.push_back(values[node.inputs[j]]);
        if (inputs.back().id >= 0) continue;
        throw UsageError("--split-at " + o_.at + ": node \"" + node.name +
                         "\" also reads what is made before it; choose a node that all later "
                         "ones pass through");
      }
      if (node.kind == LayerKind::kBatchNorm) {
        reinterpret_cast<BatchNorm*>(node.layer)->affine = BatchNormAffine::kFrozen;
      }
      values[k + 1] = b_.AddNode(node.name, node.kind, node.layer, sizeof(node.layer), inputs);
    }
  }

  const SplitNetOptions& o_;
  const Graph& teacher_;
  const int32_t at_;
  const Modes modes_;
  GraphBuilder b_;
  std::vector<Shape> shapes_;  // of the teacher's values
};

}  // namespace

OwnedGraph MakeSplitNet(const OwnedGraph& teacher, const SplitNetOptions& options) {
  Check(options);
  return Writer(teacher, options).Write();
}

}  // namespace slim
