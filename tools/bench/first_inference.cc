// A server's first answer: from the start of the process to the end of the first inference of a
// tail. One JSON line on standard output.
//
//   first_inference tail.slim [NS]    # maps it, prepares it for all widths, runs it once
//
// NS: what the monotonic clock showed when whoever starts this did so.
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/error_host.h"
#include "split/runtime/engine_host.h"
#include "split/runtime/model_file_host.h"
#include "tools/bench/timing.h"

namespace slim {
namespace {

int64_t NowNs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{1000000000} * now.tv_sec + now.tv_nsec;
}

void Run(const std::string& path, int64_t started_ns) {
  const MappedModelFile file(path);
  const Graph& graph = file.file().graph;
  HostEngine tail(graph, file.file().weights, 1);
  const std::vector<float> latent(
      static_cast<size_t>(graph.InputShape(graph.plan.rows - 1, 1).Count()), 0.5f);
  const TensorView<const float> y = tail.engine().Run(latent.data());
  const double ms = static_cast<double>(NowNs() - started_ns) * 1e-6;
  const double cpu_ms = CpuMs();
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  const nlohmann::json line = {{"peer", "slimsplit"},
                               {"bench", "first inference"},
                               {"case", "tail of resnet20"},
                               {"ms", ms},
                               {"cpu_ms", cpu_ms},
                               {"rss_mb", static_cast<double>(usage.ru_maxrss) / 1024},
                               {"answer", y[0]}};
  printf("%s\n", line.dump().c_str());
}

}  // namespace
}  // namespace slim

int main(int argc, char** argv) {
  try {
    if (argc != 2 && argc != 3) throw slim::UsageError("first_inference tail.slim [NS]");
    slim::Run(argv[1], argc == 3 ? atoll(argv[2]) : slim::NowNs());
  } catch (const slim::Error& error) {
    fprintf(stderr, "first_inference: %s\n", error.what());
    return error.exit_code();
  }
  return 0;
}
