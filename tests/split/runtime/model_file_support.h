// A small split network in files, and running whatever a file parser accepts.
#ifndef SLIMSPLIT_TESTS_SPLIT_RUNTIME_MODEL_FILE_SUPPORT_H_
#define SLIMSPLIT_TESTS_SPLIT_RUNTIME_MODEL_FILE_SUPPORT_H_

#include <stdint.h>
#include <string.h>

#include <map>
#include <memory>
#include <tuple>
#include <vector>

#include "core/crc32.h"
#include "core/random.h"
#include "layers/all_layers.h"
#include "layers/graph_cut_host.h"
#include "split/codec/little_endian.h"
#include "split/codec/prob_table_host.h"
#include "split/runtime/model_file_host.h"
#include "tests/support/guarded_buffer.h"

namespace slim {

using Bytes = std::vector<uint8_t>;

inline void SealModelFile(Bytes* bytes) {
  if (bytes->size() < 40) return;
  StoreLe64(bytes->data() + 8, bytes->size());
  const uint32_t before = Crc32(bytes->data(), 24);
  const int64_t rest = static_cast<int64_t>(bytes->size()) - 28;
  StoreLe32(bytes->data() + 24, Crc32(bytes->data() + 28, rest, before));
}

// A file in memory that ends where nobody may read, parsed in memory of exactly the size asked for.
class ParsedFile {
 public:
  explicit ParsedFile(const Bytes& bytes) : bytes_(static_cast<int64_t>(bytes.size()), 64) {
    if (!bytes.empty()) memcpy(bytes_.As<void>(), bytes.data(), bytes.size());
    status = Parse(nullptr, 0);
    if (status.code != StatusCode::kTooSmall) return;
    const int64_t needed = status.where;
    if (needed > 32 * bytes_.bytes() + 64 * 16) __builtin_trap();
    memory_ = GuardedBuffer(needed);
    status = Parse(memory_.As<void>(), needed);
    if (!memory_.Intact() || !bytes_.Intact()) __builtin_trap();
  }

  Status status;
  ModelFile file;

 private:
  Status Parse(void* memory, int64_t capacity) {
    return ModelFile::Parse(bytes_.As<const uint8_t>(), bytes_.bytes(), memory, capacity, &file);
  }

  GuardedBuffer bytes_, memory_;
};

// What the graph gives for `input` at a row, by an engine in guarded memory; nothing when it would
// take more than `most_bytes`.
inline std::vector<float> RunGraph(const Graph& graph, const WeightSource& weights, Width row,
                                   const std::vector<float>& input,
                                   int64_t most_bytes = int64_t{1} << 26) {
  const int64_t plan_bytes = Engine::PlanBytes(graph);
  if (plan_bytes > most_bytes) return {};
  const GuardedBuffer plan(plan_bytes);
  EngineNeed need;
  if (!Engine::Plan(graph, 1, plan.As<void>(), &need).ok()) return {};
  if (need.total() > most_bytes) return {};
  const GuardedBuffer arena(need.total());
  Engine engine;
  if (!engine.Prepare(graph, weights, 1, arena.As<void>(), need.total()).ok()) return {};
  engine.SetWidth(row);
  const TensorView<const float> y = engine.Run(input.data());
  const std::vector<float> result(y.data, y.data + y.Count());
  if (!plan.Intact() || !arena.Intact()) __builtin_trap();
  return result;
}

inline std::vector<float> RunFile(const ModelFile& file, Width row, const std::vector<float>& input,
                                  int64_t most_bytes = int64_t{1} << 26) {
  return RunGraph(file.graph, file.weights, row, input, most_bytes);
}

// 8 x 6 images of two channels, three rows, four classes; the latent is 4 x 3 with 2, 4 or 6
// channels, and one row of each coding.
class SmallSplit {
 public:
  SmallSplit() : whole_(Whole()), cut_(CutAfter(whole_, whole_.FindNode("encoder.bn"))) {
    for (int c = 0; c < 4; ++c) {
      const Bytes table = MakeProbTable({1.0 + c, 9, 20, 9, 4, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1});
      tables_.insert(tables_.end(), table.begin(), table.end());
    }
    modes_.resize(3);
    features_.resize(3);
    const char* const kNames[] = {"1.3", "2.4", "3.8"};
    for (int row = 0; row < 3; ++row) {
      ModelMode& mode = modes_[static_cast<size_t>(row)];
      mode.name = kNames[row];
      mode.accuracy = 5000 + row;
      mode.payload_bytes = 9;
      mode.head_macs = 1000u * static_cast<uint64_t>(row + 1);
      (void)Quantizer::OfRange(0, 3,
                               row == 0   ? 3
                               : row == 1 ? 4
                                          : 8,
                               &features_[static_cast<size_t>(row)].quantizer);
    }
    features_[1].coding = Coding::kRans;
    features_[1].tables = tables_.data();
    features_[1].table_bytes = static_cast<int64_t>(tables_.size());
    head_ = Half(ModelPart::kHead, cut_.head, &cut_.head_nodes);
    tail_ = Half(ModelPart::kTail, cut_.tail, &cut_.tail_nodes);
    whole_file_ = Half(ModelPart::kHead, whole_, nullptr);
    head_.digest = tail_.digest = 0x123456789abcdef0u;
  }
  SmallSplit(const SmallSplit&) = delete;
  SmallSplit& operator=(const SmallSplit&) = delete;

  ModelFile& head() { return head_; }
  ModelFile& tail() { return tail_; }
  // The network that was cut, for its graph and weights.
  const ModelFile& whole() const { return whole_file_; }
  std::vector<ModelMode>& modes() { return modes_; }
  std::vector<FeatureFormat>& features() { return features_; }

  // Gives the head an exit, which has numbers of all rows and of each.
  void AddExit() {
    head_.exit.graph = exit_.view();
    head_.exit.weights = {[](const void* context, int32_t node, int slot, Width row) {
                            auto& split = *static_cast<SmallSplit*>(const_cast<void*>(context));
                            const bool shared = node != 0;
                            return split.Drawn(100 + node, slot, shared ? -1 : row);
                          },
                          this};
    for (int row = 0; row < 3; ++row) {
      exit_modes_[row].accuracy = 4000 + row;
      exit_modes_[row].macs = 100u * static_cast<uint64_t>(row + 1);
    }
    head_.exit.modes = exit_modes_;
  }

 private:
  struct Source {
    SmallSplit* split;
    const std::vector<int32_t>* nodes;  // of the whole; null: the same
  };

  static OwnedGraph Exit() {
    GraphBuilder b(4, 3, UniformWidths({0.33, 0.66, 1}));
    const Channels c = b.Sliced(6), classes = b.Fixed(4);
    Value x = b.Add("exit.bn", BatchNorm{c, 1e-5f, BatchNormAffine::kPerWidth}, {b.Input(c)});
    x = b.Add("exit.pool", GlobalAvgPool{}, {x});
    b.Add("exit.linear", Linear{c, classes}, {x});
    return b.Build();
  }

  static OwnedGraph Whole() {
    GraphBuilder b(8, 6, UniformWidths({0.33, 0.66, 1}));
    const Channels in = b.Fixed(2), c = b.Sliced(6), d = b.Sliced(8), classes = b.Fixed(4);
    Value x = b.Add("encoder.conv", Conv2d{in, c, 3, 2, 1, 1}, {b.Input(in)});
    x = b.Add("encoder.bn", BatchNorm{c, 1e-5f, BatchNormAffine::kPerWidth, Activation::kRelu},
              {x});
    const Value y = b.Add("decoder.conv", Conv2d{c, d}, {x});
    const Value z = b.Add("decoder.side", Conv2d{c, d, 1, 1, 0}, {x});
    x = b.Add("decoder.sum", Add{Activation::kRelu}, {y, z});
    x = b.Add("pool", GlobalAvgPool{}, {x});
    b.Add("linear", Linear{d, classes}, {x});
    return b.Build();
  }

  ModelFile Half(ModelPart part, const OwnedGraph& graph, const std::vector<int32_t>* nodes) {
    static const char* const kClasses[] = {"cat", "dog", "b\xc3\xa4r", "owl"};
    static const float kMean[] = {0.5f, 0.25f}, kStd[] = {0.125f, 1};
    sources_.push_back(std::make_unique<Source>(Source{this, nodes}));
    ModelFile file;
    file.part = part;
    file.graph = graph.view();
    file.weights = {[](const void* context, int32_t node, int slot, Width row) {
                      const Source& source = *static_cast<const Source*>(context);
                      return source.split->Weights(
                          source.nodes == nullptr ? node : (*source.nodes)[node], slot, row);
                    },
                    sources_.back().get()};
    file.modes = modes_.data();
    file.features = features_.data();
    file.image_height = 8;
    file.image_width = 6;
    file.image_channels = 2;
    file.mean = kMean;
    file.std = kStd;
    file.class_names = kClasses;
    file.num_classes = 4;
    return file;
  }

  // Numbers in (0, 1), drawn when they are first asked for, the same on every machine.
  const float* Weights(int32_t node, int slot, Width row) {
    const bool shared = whole_.view().nodes[node].kind != LayerKind::kBatchNorm;
    return Drawn(node, slot, shared ? -1 : row);
  }
  const float* Drawn(int32_t node, int slot, int32_t row) {
    std::vector<float>& numbers = weights_[{node, slot, row}];
    if (numbers.empty()) {
      numbers.resize(1024);
      Random random = Random::Derive(static_cast<uint64_t>(node), static_cast<uint64_t>(slot),
                                     static_cast<uint64_t>(row < 0 ? 9 : row));
      for (float& v : numbers) v = 0.0625f + 0.5f * random.Uniform();
    }
    return numbers.data();
  }

  OwnedGraph whole_;
  GraphCut cut_;
  const OwnedGraph exit_ = Exit();
  ExitMode exit_modes_[3];
  Bytes tables_;
  std::vector<ModelMode> modes_;
  std::vector<FeatureFormat> features_;
  std::vector<std::unique_ptr<Source>> sources_;
  std::map<std::tuple<int32_t, int, Width>, std::vector<float>> weights_;
  ModelFile head_, tail_, whole_file_;
};

}  // namespace slim

#endif  // SLIMSPLIT_TESTS_SPLIT_RUNTIME_MODEL_FILE_SUPPORT_H_
