#include "tools/split_calibration.h"

#include <math.h>

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include "core/error_host.h"
#include "split/codec/bit_pack.h"
#include "split/codec/prob_table_host.h"
#include "split/runtime/engine_host.h"

namespace slim {
namespace {

// Calls visit(latent) for the first `images` images at a row.
template <class Visit>
void ForEachLatent(Engine& head, Width row, Loader& loader, int64_t images, const Visit& visit) {
  head.SetWidth(row);
  loader.StartEpoch(0);
  int64_t seen = 0;
  while (const Batch* batch = loader.Next()) {
    const int64_t image_size = batch->shape.Count() / batch->shape.n();
    for (int64_t n = 0; n < batch->shape.n(); ++n) {
      visit(head.Run(batch->images.data() + n * image_size));
      if (++seen == images) return;
    }
  }
}

// What a message takes beyond the information of its symbols: whole bytes, and seeds that take all
// their bits. (Measured: 0.1 to 0.8 bytes.)
constexpr double kMessageBytes = 0.5;

// Mean bytes of a message by tables of these counts, [channels][symbols].
double MessageBytes(const std::vector<std::vector<double>>& counts, int64_t pixels) {
  double bits = 0;
  for (const std::vector<double>& of_channel : counts) {
    const double sum = std::accumulate(of_channel.begin(), of_channel.end(), 0.0);
    for (const double count : of_channel) {
      bits += static_cast<double>(pixels) * count / sum * log2(sum / count);
    }
  }
  return bits / 8 + kMessageBytes;
}

}  // namespace

void CalibrateQuantizers(SplitModel* split, Loader& loader, int64_t images) {
  HostEngine head(split->head().graph, split->head().weights, 1);
  for (Width row = 0; row < split->head().graph.plan.rows; ++row) {
    float low = INFINITY, high = -INFINITY;
    ForEachLatent(head.engine(), row, loader, images, [&](const TensorView<const float>& latent) {
      const auto ends = std::minmax_element(latent.data, latent.data + latent.Count());
      low = std::min(low, *ends.first);
      high = std::max(high, *ends.second);
    });
    const Status status = Quantizer::OfBottleFit(low, high, 8, &split->features()[row].quantizer);
    if (!status.ok()) {
      throw UsageError(std::string("mode ") + split->modes()[row].name + ": " + status.text +
                       "; the latent says nothing there, cut at another node");
    }
  }
}

void CountTables(SplitModel* split, Loader& loader, int64_t images) {
  HostEngine head(split->head().graph, split->head().weights, 1);
  for (Width row = 0; row < split->head().graph.plan.rows; ++row) {
    const FeatureFormat& format = split->features()[row];
    const size_t alphabet = size_t{1} << format.quantizer.bits;
    // One more of each symbol than was seen: what was not may still occur.
    std::vector<std::vector<double>> counts(static_cast<size_t>(format.channels),
                                            std::vector<double>(alphabet, 1.0));
    std::vector<uint8_t> symbols(static_cast<size_t>(format.symbols()));
    ForEachLatent(head.engine(), row, loader, images, [&](const TensorView<const float>& latent) {
      Quantize(format.quantizer, latent.data, format.symbols(), symbols.data());
      for (size_t i = 0; i < symbols.size(); ++i) ++counts[i % counts.size()][symbols[i]];
    });
    const auto raw = static_cast<double>(PackedBytes(format.symbols(), format.quantizer.bits));
    if (MessageBytes(counts, format.pixels) >= raw) continue;
    std::vector<uint8_t> tables;
    for (const std::vector<double>& weights : counts) {
      const std::vector<uint8_t> table = MakeProbTable(weights);
      tables.insert(tables.end(), table.begin(), table.end());
    }
    split->SetTables(row, std::move(tables));
  }
}

}  // namespace slim
