#include "tools/split_model.h"

#include <algorithm>
#include <utility>

#include "autograd/factorized_prior.h"
#include "core/error_host.h"
#include "layers/entropy_bottleneck.h"
#include "layers/fake_quantize.h"
#include "split/codec/prob_table_host.h"
#include "split/runtime/model_file_host.h"
#include "tools/net_summary.h"

namespace slim {

SplitModel::SplitModel(const LoadedModel& model, const std::string& name) : model_(model) {
  const Graph& graph = model.graph.view();
  node_ = model.graph.FindNode(name);
  has_quantizer_ = IsBottleneck(graph.nodes[node_].kind);
  cut_ = has_quantizer_ ? CutOut(model.graph, node_) : CutAfter(model.graph, node_);
  for (Width row = 0; row < graph.plan.rows; ++row) {
    RequireCalibrated(model.graph, model.info, row);
    ModelMode mode;
    mode.name = model.graph.width_names()[row].c_str();
    modes_.push_back(mode);
  }
  features_.resize(modes_.size());
  tables_.resize(modes_.size());
  if (has_quantizer_) TakeQuantizers();
  for (const std::string& class_name : model.info.class_names) {
    class_names_.push_back(class_name.c_str());
  }
  head_weights_ = {model.parameters.get(), &cut_.head_nodes};
  tail_weights_ = {model.parameters.get(), &cut_.tail_nodes};
  head_ = Half(cut_.head, &head_weights_);
  tail_ = Half(cut_.tail, &tail_weights_);
  head_.part = ModelPart::kHead;
  tail_.part = ModelPart::kTail;
  Measure();
}

void SplitModel::TakeQuantizers() {
  const Graph& graph = model_.graph.view();
  const Node& taken = graph.nodes[node_];
  for (Width row = 0; row < graph.plan.rows; ++row) {
    const float* learned = model_.parameters->At(node_, 0, row).value.data();
    float low, high;
    int bits;
    if (taken.kind == LayerKind::kFakeQuantize) {
      const FakeQuantize& layer = *reinterpret_cast<const FakeQuantize*>(taken.layer);
      bits = static_cast<int>(graph.plan.Active(row, layer.bits));
      low = learned[2 * (bits - 1)];
      high = learned[2 * (bits - 1) + 1];
    } else {
      const EntropyBottleneck& layer = *reinterpret_cast<const EntropyBottleneck*>(taken.layer);
      const float step = learned[graph.plan.Active(row, layer.rates) - 1];
      bits = layer.bits;
      low = layer.Low(step);
      high = layer.High(step);
    }
    Quantizer* quantizer = &features_[row].quantizer;
    const Status status = Quantizer::OfRange(low, high, bits, quantizer);
    if (!status.ok()) {
      throw UsageError(std::string("node \"") + taken.name + "\", mode " + modes_[row].name + ": " +
                       status.text + "; train the network again");
    }
  }
}

ModelFile SplitModel::Half(const OwnedGraph& graph, const Weights* weights) const {
  const Graph& whole = model_.graph.view();
  ModelFile half;
  half.graph = graph.view();
  half.weights = {[](const void* context, int32_t node, int slot, Width row) {
                    const Weights& from = *static_cast<const Weights*>(context);
                    return from.parameters->At((*from.nodes)[node], slot, row).value.data();
                  },
                  weights};
  half.modes = modes_.data();
  half.features = features_.data();
  half.image_height = whole.height;
  half.image_width = whole.width;
  half.image_channels = whole.plan.Full(whole.channels);
  if (!model_.info.mean.empty()) {
    half.mean = model_.info.mean.data();
    half.std = model_.info.std.data();
  }
  half.class_names = class_names_.data();
  half.num_classes = static_cast<int32_t>(class_names_.size());
  return half;
}

void SplitModel::Measure() {
  for (Width row = 0; row < head_.graph.plan.rows; ++row) {
    const NetSummary head = Summarise(head_.graph, row);
    ModelMode& mode = modes_[row];
    mode.head_macs = static_cast<uint64_t>(head.macs);
    features_[row].pixels = head.output().h() * head.output().w();
    features_[row].channels = head.output().c();
  }
}

void SplitModel::SetTables(Width row, std::vector<uint8_t> tables) {
  tables_[row] = std::move(tables);
  FeatureFormat& features = features_[row];
  features.coding = Coding::kSeededRans;
  features.tables = tables_[row].data();
  features.table_bytes = static_cast<int64_t>(tables_[row].size());
}

void SplitModel::TakePrior() {
  const Graph& graph = model_.graph.view();
  const Node& taken = graph.nodes[node_];
  if (taken.kind != LayerKind::kEntropyBottleneck) {
    throw UsageError(std::string("node \"") + taken.name +
                     "\" has learned no prior: count symbols of images with --coding rans");
  }
  const EntropyBottleneck& layer = *reinterpret_cast<const EntropyBottleneck*>(taken.layer);
  const int half = 1 << (layer.bits - 1);
  for (Width row = 0; row < graph.plan.rows; ++row) {
    const int64_t rate = graph.plan.Active(row, layer.rates) - 1;
    const Parameter<float>& prior = model_.parameters->At(node_, 1, row);
    std::vector<uint8_t> tables;
    for (int64_t c = 0; c < features_[row].channels; ++c) {
      const int64_t first = (rate * prior.shape.dim[1] + c) * prior.shape.dim[2];
      // The first and the last symbol also stand for what lies beyond them.
      std::vector<double> wide(8 * half), probabilities(2 * half);
      PriorProbabilities(prior.value.data() + first, -4 * half, 8 * half, wide.data());
      for (int s = 0; s < 8 * half; ++s) {
        probabilities[std::clamp(s - 3 * half, 0, 2 * half - 1)] += wide[s];
      }
      const std::vector<uint8_t> table = MakeProbTable(probabilities);
      tables.insert(tables.end(), table.begin(), table.end());
    }
    SetTables(row, std::move(tables));
  }
}

void SplitModel::Seal() { head_.digest = tail_.digest = DigestOf(head_, tail_); }

}  // namespace slim
