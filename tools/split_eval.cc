#include "tools/split_eval.h"

#include <stdio.h>

#include <algorithm>
#include <utility>

#include "core/error_host.h"
#include "data/open.h"
#include "tools/head_images.h"
#include "tools/image_fit.h"
#include "tools/net_summary.h"
#include "tools/percentile.h"
#include "tools/print_json.h"
#include "tools/progress.h"
#include "tools/text_table.h"

namespace slim {
namespace {

void Require(const Status& status) {
  if (!status.ok()) throw BadInput(std::string(status.text) + "; export the model again");
}

void RequireFit(const Dataset& dataset, const std::string& spec, const ModelFile& head,
                const ModelFile& tail) {
  const std::string where = "data set '" + spec + "'";
  RequireImageSize(where, dataset.image_size(), "the head", InputSize(head.graph));
  RequireClasses(where, dataset.num_classes(), "the tail",
                 Summarise(tail.graph, tail.graph.plan.rows - 1).output().Count());
}

std::string Decimal(double value, const char* format) {
  char text[32];
  snprintf(text, sizeof(text), format, value);
  return text;
}

nlohmann::ordered_json JsonOf(const Baseline& baseline) {
  nlohmann::ordered_json line = {{"baseline", baseline.kind}};
  if (baseline.quality > 0) line["quality"] = baseline.quality;
  line["head_macs"] = baseline.macs;
  line["head_parameters"] = baseline.parameters;
  line["bytes"] = baseline.bytes;
  line["most_bytes"] = baseline.most_bytes;
  if (baseline.scan_bytes > 0) line["bytes_without_header"] = baseline.scan_bytes;
  line["head_ms"] = baseline.device_ms;
  line["accuracy"] = baseline.count.accuracy();
  line["images"] = baseline.count.images;
  return line;
}

}  // namespace

SplitRunner::SplitRunner(const ModelFile& head, const ModelFile& tail)
    : head_(head.graph, head.weights, 1),
      tail_(tail.graph, tail.weights, 1),
      formats_(head.features) {
  Require(JudgePair(head, tail));
  const int32_t rows = head.graph.plan.rows;
  int64_t bytes = 0;
  Require(FeatureEncoder::Plan(head.features, rows, &bytes));
  encoder_memory_ = AllocateAligned(bytes);
  Require(encoder_.Prepare(head.features, rows, encoder_memory_.get(), bytes));
  Require(FeatureDecoder::Plan(tail.features, rows, &bytes));
  decoder_memory_ = AllocateAligned(bytes);
  Require(decoder_.Prepare(tail.features, rows, decoder_memory_.get(), bytes));
}

TensorView<const float> SplitRunner::Head(Width row, const float* image) {
  head_.engine().SetWidth(row);
  return head_.engine().Run(image);
}

const std::vector<uint8_t>& SplitRunner::Encode(Width row, const float* latent) {
  payload_.resize(static_cast<size_t>(formats_[row].MostBytes()));
  int64_t size = 0;
  Require(
      encoder_.Encode(row, latent, payload_.data(), static_cast<int64_t>(payload_.size()), &size));
  payload_.resize(static_cast<size_t>(size));
  return payload_;
}

TensorView<const float> SplitRunner::Tail(Width row, const std::vector<uint8_t>& payload) {
  latent_.resize(static_cast<size_t>(formats_[row].symbols()));
  Require(
      decoder_.Decode(row, payload.data(), static_cast<int64_t>(payload.size()), latent_.data()));
  tail_.engine().SetWidth(row);
  return tail_.engine().Run(latent_.data());
}

std::vector<SplitEvaluation> EvaluateSplit(const ModelFile& head, const ModelFile& tail,
                                           Loader& loader, bool quiet) {
  SplitRunner runner(head, tail);
  const int32_t rows = head.graph.plan.rows;
  std::vector<SplitEvaluation> results(static_cast<size_t>(rows));
  Progress progress("eval", rows * loader.batches_per_epoch(), 0, quiet);
  int64_t batches = 0;
  for (Width row = 0; row < rows; ++row) {
    SplitEvaluation& result = results[row];
    result.row = row;
    std::vector<double> head_seconds;
    const auto scores_of = [&](const float* image) {
      const double start = SecondsNow();
      const TensorView<const float> latent = runner.Head(row, image);
      head_seconds.push_back(SecondsNow() - start);
      const std::vector<uint8_t>& payload = runner.Encode(row, latent.data);
      const auto bytes = static_cast<int64_t>(payload.size());
      result.bytes += bytes;
      result.most_bytes = std::max(result.most_bytes, bytes);
      return runner.Tail(row, payload);
    };
    result.count = ClassifyEach(loader, scores_of, [&](int64_t) {
      progress.Update(++batches, std::string("mode ") + head.modes[row].name);
    });
    result.head_ms = 1e3 * Percentile(&head_seconds, 0.5);
  }
  progress.Clear();
  return results;
}

void PrintSplit(const ModelFile& head, const std::vector<SplitEvaluation>& results, bool json,
                const std::vector<Baseline>& baselines) {
  TextTable table;
  const auto add = [&](std::vector<std::string> cells) {
    if (baselines.empty()) cells.erase(cells.begin() + 5);
    table.Add(std::move(cells));
  };
  add({"mode", "head MACs", "head parameters", "bytes", "most bytes", "without header", "head ms",
       "accuracy", "images"});
  for (Width row = 0; row < head.graph.plan.rows; ++row) {
    const ModelMode& mode = head.modes[row];
    const NetSummary net = Summarise(head.graph, row);
    const SplitEvaluation* e = results.empty() ? nullptr : &results[row];
    if (json) {
      nlohmann::ordered_json line = {{"mode", mode.name},
                                     {"head_macs", net.macs},
                                     {"head_parameters", net.parameters},
                                     {"bytes", e ? e->mean_bytes() : mode.payload_bytes}};
      if (e != nullptr) {
        line["most_bytes"] = e->most_bytes;
        line["head_ms"] = e->head_ms;
        line["accuracy"] = e->count.accuracy();
        line["images"] = e->count.images;
      }
      PrintJsonLine(line);
      continue;
    }
    add({mode.name, WithUnit(net.macs), WithUnit(net.parameters),
         e ? Decimal(e->mean_bytes(), "%.1f") : std::to_string(mode.payload_bytes),
         e ? std::to_string(e->most_bytes) : "-", "", e ? Decimal(e->head_ms, "%.3f") : "-",
         e ? Percent(e->count.accuracy()) : "-", e ? std::to_string(e->count.images) : "-"});
  }
  for (const Baseline& b : baselines) {
    if (json) {
      PrintJsonLine(JsonOf(b));
      continue;
    }
    add({b.name(), WithUnit(b.macs), WithUnit(b.parameters), Decimal(b.bytes, "%.1f"),
         std::to_string(b.most_bytes), b.scan_bytes > 0 ? Decimal(b.scan_bytes, "%.1f") : "",
         Decimal(b.device_ms, "%.3f"), Percent(b.count.accuracy()),
         std::to_string(b.count.images)});
  }
  if (!json) printf("%s", table.ToString(1).c_str());
}

void RunSplitEval(const std::string& directory, const std::string& data, const std::string& teacher,
                  const GlobalOptions& global) {
  const MappedModelFile head(directory + "/head.slim"), tail(directory + "/tail.slim");
  const Status pair = JudgePair(head.file(), tail.file());
  if (!pair.ok()) {
    throw BadInput(directory + ": head.slim and tail.slim: " + pair.text + "; export both again");
  }
  const std::unique_ptr<Dataset> images = OpenDataset(data, Split::kTest);
  RequireFit(*images, data, head.file(), tail.file());
  Loader loader(*images, LoadFor(head.file()));
  std::vector<Baseline> baselines;
  if (!teacher.empty()) baselines = MeasureBaselines(teacher, data, global);
  PrintSplit(head.file(), EvaluateSplit(head.file(), tail.file(), loader, global.quiet),
             global.json, baselines);
}

}  // namespace slim
