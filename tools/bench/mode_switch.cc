// Changes of mode on a head: what the change itself takes, and what the first frame after it takes
// beside later frames of the same mode; a JSON line.
//
//   mode_switch HEAD.slim [--switches 10000]
//
// After each change to a mode drawn at random three frames are run and encoded. Times are those of
// the thread's own CPU clock, so that other work on the machine does not count.
#include <math.h>
#include <stdio.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <vector>

#include "core/error_host.h"
#include "core/kernels/blas_host.h"
#include "core/parallel_host.h"
#include "core/random.h"
#include "split/runtime/engine_host.h"
#include "split/runtime/model_file_host.h"
#include "tools/bench/cpu_clock.h"
#include "tools/percentile.h"
#include "tools/print_json.h"

namespace slim {
namespace {

double CpuUs() { return 1e6 * CpuSeconds(); }

class Device {
 public:
  explicit Device(const std::string& path)
      : mapped_(path), engine_(mapped_.file().graph, mapped_.file().weights, 1) {
    const ModelFile& head = mapped_.file();
    int64_t bytes = 0, most = 0;
    if (!FeatureEncoder::Plan(head.features, rows(), &bytes).ok()) throw BadInput("no codec");
    memory_ = AllocateAligned(bytes);
    if (!encoder_.Prepare(head.features, rows(), memory_.get(), bytes).ok()) {
      throw BadInput("no codec");
    }
    for (Width row = 0; row < rows(); ++row) most = std::max(most, head.features[row].MostBytes());
    payload_.resize(static_cast<size_t>(most));
    image_.resize(static_cast<size_t>(head.image_height * head.image_width * head.image_channels));
    Random random(1);
    for (float& x : image_) x = random.Normal();
  }

  int32_t rows() const { return mapped_.file().graph.plan.rows; }

  double Switch(Width row) {
    const double begin = CpuUs();
    engine_.engine().SetWidth(row);
    return CpuUs() - begin;
  }
  double Frame() {
    const double begin = CpuUs();
    int64_t size = 0;
    const Status status =
        encoder_.Encode(engine_.engine().width(), engine_.engine().Run(image_.data()).data,
                        payload_.data(), static_cast<int64_t>(payload_.size()), &size);
    if (!status.ok()) throw BadInput(status.text);
    return CpuUs() - begin;
  }

 private:
  const MappedModelFile mapped_;
  HostEngine engine_;
  AlignedMemory memory_;
  FeatureEncoder encoder_;
  std::vector<uint8_t> payload_;
  std::vector<float> image_;
};

void Main(const std::string& path, int64_t switches) {
  UseThreads(1);
  UseOpenBlas();
  Device device(path);
  if (device.rows() < 2) throw UsageError("a head of one mode has none to change to");
  std::vector<double> changes;
  std::vector<std::vector<double>> first(device.rows()), later(device.rows());
  Random random(2);
  Width row = 0;
  for (int64_t i = 0; i < switches; ++i) {
    row = (row + 1 + static_cast<Width>(random.Below(device.rows() - 1))) % device.rows();
    changes.push_back(device.Switch(row));
    first[row].push_back(device.Frame());
    for (int again = 0; again < 2; ++again) later[row].push_back(device.Frame());
  }
  // The median ratio of a mode's first frames to its later ones, and how many lie above the 99th
  // percentile of the later ones: one of a hundred if there is no difference.
  std::vector<double> ratios;
  int64_t above = 0;
  for (Width each = 0; each < device.rows(); ++each) {
    const double normal = Percentile(&later[each], 0.99);
    above += std::count_if(first[each].begin(), first[each].end(),
                           [&](double us) { return us > normal; });
    ratios.push_back(Percentile(&first[each], 0.5) / Percentile(&later[each], 0.5));
  }
  const auto slow =
      std::count_if(changes.begin(), changes.end(), [](double us) { return us > 10; });
  PrintJsonLine({{"bench", "mode_switch"},
                 {"modes", device.rows()},
                 {"switches", switches},
                 {"switch_us",
                  {{"median", Percentile(&changes, 0.5)},
                   {"p99", Percentile(&changes, 0.99)},
                   {"most", Percentile(&changes, 1)},
                   {"above_10_us", slow}}},
                 {"first_to_later_frame",
                  {{"median", Percentile(&ratios, 0.5)}, {"most", Percentile(&ratios, 1)}}},
                 {"first_frames_above_p99_percent",
                  100 * static_cast<double>(above) / static_cast<double>(switches)}});
}

}  // namespace
}  // namespace slim

int main(int argc, char** argv) {
  slim::LimitSpinning(argv);
  CLI::App app("Times changes of mode.");
  std::string head;
  int64_t switches = 10000;
  app.add_option("head", head, "head.slim of slimsplit export")->required();
  app.add_option("--switches", switches)->check(CLI::Range(1, 1 << 30));
  CLI11_PARSE(app, argc, argv);
  try {
    slim::Main(head, switches);
  } catch (const slim::Error& error) {
    fprintf(stderr, "mode_switch: %s\n", error.what());
    return error.exit_code();
  }
  return 0;
}
