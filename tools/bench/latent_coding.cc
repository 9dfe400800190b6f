// The codec on latents of real images: bytes of each mode against what its tables promise, and how
// fast rANS is at them; a JSON line per mode. With --symbols DIR also DIR/MODE.symbols, a byte per
// symbol, image after image, for other coders to try (tools/bench/compare_coding).
//
// Rates are millions of symbols a second of the thread's own CPU time, median and best of 20 passes
// over all images, frame by frame, as a device codes them.
#include <math.h>
#include <stdio.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/error_host.h"
#include "core/file_host.h"
#include "core/kernels/blas_host.h"
#include "core/parallel_host.h"
#include "data/loader.h"
#include "data/open.h"
#include "split/codec/codec.h"
#include "split/runtime/engine_host.h"
#include "split/runtime/model_file_host.h"
#include "tools/bench/cpu_clock.h"
#include "tools/head_images.h"
#include "tools/image_fit.h"
#include "tools/print_json.h"

namespace slim {
namespace {

constexpr int kPasses = 20;

nlohmann::ordered_json Rate(int64_t symbols, const std::function<void()>& pass) {
  std::vector<double> seconds;
  pass();
  for (int i = 0; i < kPasses; ++i) {
    const double start = CpuSeconds();
    pass();
    seconds.push_back(CpuSeconds() - start);
  }
  std::sort(seconds.begin(), seconds.end());
  const double millions = static_cast<double>(symbols) * 1e-6;
  return {{"median", round(millions / seconds[kPasses / 2])},
          {"best", round(millions / seconds[0])}};
}

void Require(const Status& status) {
  if (!status.ok()) throw BadInput(std::string("latent_coding: ") + status.text);
}

// -log2 p of each entry of a table; of a symbol left to the escape, with its 8 bits.
std::vector<double> BitsOf(const ProbTable& table, int alphabet) {
  std::vector<double> bits(static_cast<size_t>(alphabet), INFINITY);
  const auto cost = [&](int entry) { return kProbBits - log2(table.Frequency(entry)); };
  for (int symbol = 0; symbol < alphabet; ++symbol) {
    const int entry = symbol - table.first;
    if (entry >= 0 && entry < table.symbols) {
      bits[static_cast<size_t>(symbol)] = cost(entry);
    } else if (table.escape) {
      bits[static_cast<size_t>(symbol)] = cost(table.symbols) + 8;
    }
  }
  return bits;
}

// The symbols of a mode, [images][channels][pixels], and their coding.
class ModeCoding {
 public:
  explicit ModeCoding(const FeatureFormat& format)
      : format_(format), quantizers_(static_cast<size_t>(format.channels), format.quantizer) {}

  void Add(const float* latent) {
    symbols_.resize(symbols_.size() + static_cast<size_t>(format_.symbols()));
    QuantizePlanes(quantizers_.data(), latent, format_.pixels, format_.channels,
                   symbols_.data() + symbols_.size() - format_.symbols());
  }

  const std::vector<uint8_t>& symbols() const { return symbols_; }

  nlohmann::ordered_json Measure(const char* mode) {
    const int64_t images = static_cast<int64_t>(symbols_.size()) / format_.symbols();
    const auto per_frame = [&](double sum) { return sum / static_cast<double>(images); };
    nlohmann::ordered_json line = {
        {"bench", "latent_coding"},
        {"mode", mode},
        {"images", images},
        {"symbols", format_.symbols()},
        {"bits", format_.quantizer.bits},
        {"raw_bytes", (format_.symbols() * format_.quantizer.bits + 7) / 8}};
    if (!format_.IsRans()) return line;
    MakeTables();
    std::vector<uint8_t> messages, back(symbols_.size());
    std::vector<int64_t> sizes(static_cast<size_t>(images));
    const int64_t most = RansMostBytes(format_.symbols());
    messages.resize(static_cast<size_t>(images * most));
    line["encode"] = Rate(images * format_.symbols(), [&] {
      for (int64_t n = 0; n < images; ++n) {
        Require(RansEncode(encode_.data(), format_.layout(),
                           symbols_.data() + n * format_.symbols(), messages.data() + n * most,
                           most, &sizes[static_cast<size_t>(n)]));
      }
    });
    line["decode"] = Rate(images * format_.symbols(), [&] {
      for (int64_t n = 0; n < images; ++n) {
        Require(RansDecode(decode_.data(), format_.layout(), messages.data() + n * most,
                           sizes[static_cast<size_t>(n)], back.data() + n * format_.symbols()));
      }
    });
    if (back != symbols_) throw Error(ErrorKind::kVerification, "other symbols come back");
    int64_t bytes = 0;
    for (const int64_t size : sizes) bytes += size;
    line["coded_bytes"] = per_frame(static_cast<double>(bytes));
    line["promised_bytes"] = per_frame(Bits() / 8);
    return line;
  }

 private:
  void MakeTables() {
    Workspace needed;
    Make(needed);
    memory_ = AllocateAligned(needed.used());
    Workspace given(memory_.get());
    Make(given);
  }
  void Make(Workspace& workspace) {
    encode_.clear();
    decode_.clear();
    ForEachTable([&](const ProbTable& table) {
      encode_.push_back(RansEncodeTable::Make(table, workspace));
      decode_.push_back(RansDecodeTable::Make(table, workspace));
    });
  }
  void ForEachTable(const std::function<void(const ProbTable&)>& visit) const {
    const uint8_t* at = format_.tables;
    for (int64_t channel = 0; channel < format_.channels; ++channel) {
      ProbTable table;
      Require(ProbTable::Parse(at, format_.tables + format_.table_bytes - at, &table));
      visit(table);
      at += table.bytes();
    }
  }

  // -sum of log2 p over all symbols.
  double Bits() const {
    std::vector<std::vector<double>> bits;
    ForEachTable([&](const ProbTable& table) {
      bits.push_back(BitsOf(table, 1 << format_.quantizer.bits));
    });
    double sum = 0;
    for (size_t i = 0; i < symbols_.size(); ++i) {
      const size_t channel = i / static_cast<size_t>(format_.pixels) % bits.size();
      sum += bits[channel][symbols_[i]];
    }
    return sum;
  }

  const FeatureFormat& format_;
  const std::vector<Quantizer> quantizers_;
  std::vector<uint8_t> symbols_;
  AlignedMemory memory_;
  std::vector<RansEncodeTable> encode_;
  std::vector<RansDecodeTable> decode_;
};

void Main(const std::string& path, const std::string& data, int64_t images,
          const std::string& folder) {
  UseThreads(1);
  UseOpenBlas();
  const MappedModelFile mapped(path);
  const ModelFile& head = mapped.file();
  const std::unique_ptr<Dataset> dataset = OpenDataset(data, Split::kTest);
  RequireImageSize("data set '" + data + "'", dataset->image_size(), "the head",
                   InputSize(head.graph));
  const Subset some(*dataset, 0, std::min(images, dataset->size()));
  Loader loader(some, LoadFor(head));
  HostEngine engine(head.graph, head.weights, 1);
  for (Width row = 0; row < head.graph.plan.rows; ++row) {
    ModeCoding coding(head.features[row]);
    engine.engine().SetWidth(row);
    loader.StartEpoch(0);
    while (const Batch* batch = loader.Next()) {
      const int64_t image_size = batch->shape.Count() / batch->shape.n();
      for (int64_t n = 0; n < batch->shape.n(); ++n) {
        coding.Add(engine.engine().Run(batch->images.data() + n * image_size).data);
      }
    }
    const char* mode = head.modes[row].name;
    if (!folder.empty()) {
      const std::vector<uint8_t>& symbols = coding.symbols();
      WriteFileAtomically(folder + "/" + mode + ".symbols", {{symbols.data(), symbols.size()}});
    }
    PrintJsonLine(coding.Measure(mode));
  }
}

}  // namespace
}  // namespace slim

int main(int argc, char** argv) {
  slim::LimitSpinning(argv);
  CLI::App app("Codes latents of real images.");
  std::string head, data, folder;
  int64_t images = 1000;
  app.add_option("head", head, "head.slim of slimsplit export --coding rans or prior")->required();
  app.add_option("--data", data, slim::DatasetSpecHelp())->required();
  app.add_option("--images", images, "test images, at most")->check(CLI::Range(1, 1 << 30));
  app.add_option("--symbols", folder, "folder for the symbols of each mode");
  CLI11_PARSE(app, argc, argv);
  try {
    slim::Main(head, data, images, folder);
  } catch (const slim::Error& error) {
    fprintf(stderr, "latent_coding: %s\n", error.what());
    return error.exit_code();
  }
  return 0;
}
