#include "layers/nets/exit_net_host.h"

#include <algorithm>
#include <vector>

#include "layers/batch_norm.h"
#include "layers/conv2d.h"
#include "layers/global_avg_pool.h"
#include "layers/graph_copy_host.h"
#include "layers/graph_cut_host.h"
#include "layers/graph_infer_host.h"
#include "layers/linear.h"

namespace slim {
namespace {

constexpr int kFirst = 16, kSecond = 32;  // channels

OwnedGraph HeadOf(const OwnedGraph& split, int32_t node) {
  return IsBottleneck(split.view().nodes[node].kind) ? CutOut(split, node).head
                                                     : CutAfter(split, node).head;
}

// Channels of the last value at each width.
std::vector<int> LatentChannels(const Graph& head) {
  std::vector<int> channels;
  for (Width row = 0; row < head.plan.rows; ++row) {
    channels.push_back(static_cast<int>(InferGraph(head, row).values.back().c()));
  }
  return channels;
}

// Batch norms share scale and shift, as widths that send differently compute the same; statistics
// are each width's own.
Value Stage(GraphBuilder* b, const std::string& number, Value x, Channels in, Channels out,
            int stride) {
  Conv2d conv;
  conv.in = in;
  conv.out = out;
  conv.kernel = 3;
  conv.stride = static_cast<uint8_t>(stride);
  conv.padding = 1;
  x = b->Add(kExitPrefix + ("conv" + number), conv, {x});
  const BatchNorm norm = {out, 1e-5f, BatchNormAffine::kShared, Activation::kRelu};
  return b->Add(kExitPrefix + ("bn" + number), norm, {x});
}

}  // namespace

OwnedGraph MakeExitNet(const OwnedGraph& split, const std::string& node, int classes) {
  const OwnedGraph cut = HeadOf(split, split.FindNode(node));
  const Graph& head = cut.view();
  GraphBuilder b = BuilderLike(cut, head.height, head.width);
  std::vector<Value> values = {b.Input(head.channels)};
  for (int32_t k = 0; k < head.num_nodes; ++k) {
    const Node& taken = head.nodes[k];
    std::vector<Value> inputs;
    for (int j = 0; j < taken.num_inputs; ++j) inputs.push_back(values[taken.inputs[j]]);
    values.push_back(b.AddNode(taken.name, taken.kind, taken.layer, kMaxLayerBytes, inputs));
  }
  const std::vector<int> channels = LatentChannels(head);
  const Channels latent = b.PerWidth(*std::max_element(channels.begin(), channels.end()), channels);
  const Channels first = b.Fixed(kFirst), second = b.Fixed(kSecond);
  Value x = Stage(&b, "1", values.back(), latent, first, 2);
  x = Stage(&b, "2", x, first, second, 1);
  x = b.Add(kExitPrefix + std::string("pool"), GlobalAvgPool{}, {x});
  Linear linear;
  linear.in = second;
  linear.out = b.Fixed(classes);
  b.Add(kExitPrefix + std::string("linear"), linear, {x});
  return b.Build();
}

}  // namespace slim
