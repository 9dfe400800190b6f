// Times a network in the engine at each of its widths, in turns; one JSON line per width on
// standard output.
//
//   inference --net resnet20 --images 1 --threads 1 --seconds 3 [--widths 0.25,0.5,1] [--isa avx2]
#include <stdio.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "core/error_host.h"
#include "core/kernels/blas_host.h"
#include "core/kernels/kernels.h"
#include "core/parallel_host.h"
#include "layers/nets/nets_host.h"
#include "split/runtime/engine_host.h"
#include "tools/bench/timing.h"
#include "tools/net_summary.h"
#include "tools/progress.h"
#include "tools/weights_of.h"

namespace slim {
namespace {

constexpr int kWarmUpRuns = 1;  // before every measured run: the widths take turns
constexpr int kLeastRuns = 9;

void Main(const std::string& net_name, NetOptions options, int64_t images, int threads,
          double seconds) {
  threads = UseThreads(threads);
  UseOpenBlas();
  options.height = options.width = UsualImageSize(net_name);
  if (options.width == 224) options.classes = 1000;
  const OwnedGraph net = MakeNet(net_name, options);
  const Graph& graph = net.view();
  Parameters<float> parameters(net);
  parameters.Initialise(1);
  const double start = SecondsNow();
  HostEngine model(graph, WeightsOf(parameters), images);
  const double prepare_ms = (SecondsNow() - start) * 1e3;
  std::vector<float> input(graph.InputShape(0, images).Count());
  Random random(1);
  for (float& v : input) v = random.Normal();

  const int32_t rows = graph.plan.rows;
  std::vector<std::vector<double>> times(rows);
  std::vector<double> cpu_ms(rows);  // of all runs together
  const double end = SecondsNow() + seconds;
  for (int turn = 0; SecondsNow() < end || turn < kLeastRuns; ++turn) {
    for (Width row = 0; row < rows; ++row) {
      model.engine().SetWidth(row);
      for (int run = 0; run < kWarmUpRuns; ++run) model.engine().Run(input.data());
      const double from = SecondsNow(), cpu_from = CpuMs();
      model.engine().Run(input.data());
      times[row].push_back(SecondsNow() - from);
      cpu_ms[row] += CpuMs() - cpu_from;
    }
  }
  for (Width row = 0; row < rows; ++row) {
    std::sort(times[row].begin(), times[row].end());
    const double median = times[row][times[row].size() / 2];
    const int64_t macs = Summarise(graph, row).macs * images;
    const nlohmann::json line = {{"peer", "slimsplit"},
                                 {"bench", "inference"},
                                 {"case", net_name},
                                 {"width", net.width_names()[row]},
                                 {"images", images},
                                 {"threads", threads},
                                 {"isa", GetKernels<float>().isa},
                                 {"runs", times[row].size()},
                                 {"ms", median * 1e3},
                                 {"best_ms", times[row][0] * 1e3},
                                 {"cpu_ms", cpu_ms[row] / static_cast<double>(times[row].size())},
                                 {"flops", 2.0 * static_cast<double>(macs)},
                                 {"prepare_ms", prepare_ms},
                                 {"engine_mb", model.need().total() * 1e-6}};
    printf("%s\n", line.dump().c_str());
  }
}

}  // namespace
}  // namespace slim

int main(int argc, char** argv) {
  slim::LimitSpinning(argv);
  CLI::App app("Times inference at each width.");
  std::string net = "resnet20", isa;
  slim::NetOptions options;
  options.widths = {0.25, 0.5, 0.75, 1.0};
  int64_t images = 1;
  int threads = 1;
  double seconds = 3;
  app.add_option("--net", net);
  app.add_option("--widths", options.widths)->delimiter(',');
  app.add_option("--images", images)->check(CLI::Range(1, 4096));
  app.add_option("--threads", threads);
  app.add_option("--seconds", seconds);
  app.add_option("--isa", isa, "kernels; default: the best")->envname("SLIM_ISA");
  CLI11_PARSE(app, argc, argv);
  try {
    if (!isa.empty() && !slim::ForceIsa(isa.c_str())) {
      throw slim::UsageError("--isa or SLIM_ISA: there are no kernels for \"" + isa +
                             "\" on this CPU");
    }
    slim::Main(net, options, images, threads, seconds);
  } catch (const slim::Error& error) {
    fprintf(stderr, "inference: %s\n", error.what());
    return error.exit_code();
  }
  return 0;
}
