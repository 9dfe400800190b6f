// Times the training step of a network on random images; one JSON line on standard output.
//
//   train_step --net resnet20 --batch 128 --threads 2 --seconds 5 [--widths 0.25,0.5,0.75,1]
//              [--precision bf16]
#include <stdio.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "autograd/trainer.h"
#include "core/error_host.h"
#include "core/kernels/blas_host.h"
#include "core/kernels/kernels.h"
#include "core/parallel_host.h"
#include "layers/nets/nets_host.h"
#include "tools/bench/timing.h"
#include "tools/progress.h"

namespace slim {
namespace {

constexpr int kWarmUpSteps = 3;
constexpr int kLeastSteps = 20;

void Main(const std::string& net_name, NetOptions net_options, int64_t batch_size, int threads,
          const std::string& precision, double seconds) {
  threads = UseThreads(threads);
  UseOpenBlas();
  const OwnedGraph net = MakeNet(net_name, net_options);
  TrainerOptions options;
  options.schedule.rule = "constant";
  options.optimizer.weight_decay = 1e-4;
  options.precision = precision;
  Trainer trainer(net, options, 1000000);
  Random random(1);
  const Shape shape = net.view().InputShape(0, batch_size);
  std::vector<float> images(shape.Count());
  std::vector<int32_t> labels(batch_size);
  for (float& v : images) v = random.Normal();
  for (int32_t& label : labels) label = static_cast<int32_t>(random.Below(net_options.classes));
  TrainingBatch batch;
  batch.images = TensorView<const float>(images.data(), shape);
  batch.labels = labels.data();

  for (int i = 0; i < kWarmUpSteps; ++i) trainer.Step(batch);
  const int64_t allocations = trainer.pool().system_allocations();
  std::vector<double> times;
  const double end = SecondsNow() + seconds, cpu_start = CpuMs();
  while (SecondsNow() < end || times.size() < kLeastSteps) {
    const double start = SecondsNow();
    trainer.Step(batch);
    times.push_back(SecondsNow() - start);
  }
  const double cpu_ms = (CpuMs() - cpu_start) / static_cast<double>(times.size());
  std::sort(times.begin(), times.end());
  std::string widths;
  for (const std::string& name : net.width_names()) widths += (widths.empty() ? "" : ",") + name;
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  const nlohmann::json line = {
      {"peer", "slimsplit"},
      {"bench", precision == "bf16" ? "train step, bf16" : "train step"},
      {"case", net_name},
      {"widths", widths},
      {"images", batch_size},
      {"threads", threads},
      {"isa", precision == "bf16" ? GetKernels<Bf16>().isa : GetKernels<float>().isa},
      {"runs", times.size()},
      {"ms", times[times.size() / 2] * 1e3},
      {"best_ms", times[0] * 1e3},
      {"cpu_ms", cpu_ms},
      {"tape_peak_mb", trainer.pool().peak_bytes() / 1e6},
      {"allocations_after_warm_up", trainer.pool().system_allocations() - allocations},
      {"process_peak_mb", usage.ru_maxrss / 1024}};
  printf("%s\n", line.dump().c_str());
}

}  // namespace
}  // namespace slim

int main(int argc, char** argv) {
  slim::LimitSpinning(argv);
  CLI::App app("Times a training step.");
  std::string net = "resnet20";
  slim::NetOptions options;
  int64_t batch = 128;
  int threads = 0;
  double seconds = 5;
  std::string precision = "fp32";
  app.add_option("--net", net);
  app.add_option("--widths", options.widths)->delimiter(',');
  app.add_option("--batch", batch)->check(CLI::Range(1, 4096));
  app.add_option("--threads", threads);
  app.add_option("--seconds", seconds);
  app.add_option("--precision", precision, "fp32 or bf16");
  CLI11_PARSE(app, argc, argv);
  try {
    slim::Main(net, options, batch, threads, precision, seconds);
  } catch (const slim::Error& error) {
    fprintf(stderr, "train_step: %s\n", error.what());
    return error.exit_code();
  }
  return 0;
}
