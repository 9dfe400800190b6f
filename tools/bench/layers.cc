// Times single layers through the verbs that networks use; one JSON line per verb on standard
// output.
//
//   layers --shapes conv_shapes.txt --images 1,32 --threads 1 --seconds 0.3
//   layers --cases --threads 1 --seconds 0.02
//
// The first: convolutions forward, backward to the input and backward to the weights, with the
// algorithm that the layer chooses. The second: every layer of tests/laws/cases.inc at each width,
// on maps that are eight times as high and wide where the layer allows it.
#include <stdio.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/error_host.h"
#include "core/kernels/blas_host.h"
#include "core/kernels/kernels.h"
#include "core/parallel_host.h"
#include "layers/all_layers.h"
#include "tests/laws/all_cases.h"
#include "tools/bench/layer_runner.h"
#include "tools/bench/timing.h"

namespace slim {
namespace {

constexpr int64_t kScale = 8;

void Print(nlohmann::json line, const std::string& bench, const LayerRunner& runner,
           const Timing& timing) {
  line["peer"] = "slimsplit";
  line["bench"] = bench;
  line["isa"] = GetKernels<float>().isa;
  line["images"] = runner.inference().inputs[0].n();
  line["runs"] = timing.runs;
  line["ms"] = timing.median_ms;
  line["best_ms"] = timing.best_ms;
  line["cpu_ms"] = timing.cpu_ms;
  line["flops"] = 2.0 * static_cast<double>(runner.inference().macs);
  line["bytes"] = runner.bytes();
  printf("%s\n", line.dump().c_str());
  fflush(stdout);
}

LayerCase CaseOf(const ConvShape& s) {
  const auto channels = [](int count) { return static_cast<uint16_t>(count); };
  const auto small = [](int number) { return static_cast<uint8_t>(number); };
  const std::vector<std::vector<uint16_t>> plan = {{channels(s.in), channels(s.out)}};
  const std::vector<InputSpec> input = {{1, s.height, s.width, {0}}};
  if (s.groups > 1 && s.groups == s.in) {
    return MakeCase(s.name(),
                    DepthwiseConv2d{{0}, small(s.kernel), small(s.stride), small(s.padding)}, plan,
                    input);
  }
  Conv2d conv{{0}, {1}, small(s.kernel), small(s.stride), small(s.padding)};
  conv.groups = channels(s.groups);
  return MakeCase(s.name(), conv, plan, input);
}

void TimeShapes(const std::string& path, const std::vector<int64_t>& images, int threads,
                double seconds) {
  for (const ConvShape& shape : ReadConvShapes(path)) {
    for (const int64_t n : images) {
      LayerRunner runner(CaseOf(shape), 0, n);
      const nlohmann::json line = {{"case", shape.name()}, {"threads", threads}};
      Print(line, "conv forward", runner, TimeOf(seconds, [&] { runner.Forward(); }));
      Print(line, "conv backward data", runner,
            TimeOf(seconds, [&] { runner.Backward(true, false); }));
      Print(line, "conv backward weights", runner,
            TimeOf(seconds, [&] { runner.Backward(false, true); }));
    }
  }
}

LayerCase Enlarged(LayerCase c) {
  for (InputSpec& input : c.inputs) {
    if (input.h * input.w == 1) continue;
    input.h *= kScale;
    input.w *= kScale;
  }
  return c;
}

void TimeCases(int threads, double seconds) {
  for (const LayerCase& small : AllCases()) {
    for (size_t row = 0; row < small.rows.size(); ++row) {
      const Width width = static_cast<Width>(row);
      const LayerCase large = Enlarged(small);
      Inference judged;
      const bool fits = InferCase(large, width, sizeof(float), 0, &judged).ok();
      LayerRunner runner(fits ? large : small, width, 0);
      const Shape& x = runner.inference().inputs[0];
      const nlohmann::json line = {{"case", small.name},
                                   {"width", row},
                                   {"threads", threads},
                                   {"input", {x.n(), x.h(), x.w(), x.c()}}};
      Print(line, "layer forward", runner, TimeOf(seconds, [&] { runner.Forward(); }));
      if (runner.trains_apart()) {
        Print(line, "layer forward in training", runner,
              TimeOf(seconds, [&] { runner.ForwardTrain(); }));
      }
      runner.ForwardTrain();
      Print(line, "layer backward", runner, TimeOf(seconds, [&] { runner.Backward(true, true); }));
    }
  }
}

}  // namespace
}  // namespace slim

int main(int argc, char** argv) {
  slim::LimitSpinning(argv);
  CLI::App app("Times single layers.");
  std::string shapes;
  bool cases = false;
  std::vector<int64_t> images = {1};
  int threads = 1;
  double seconds = 0.3;
  app.add_option("--shapes", shapes, "convolutions of such a file")->check(CLI::ExistingFile);
  app.add_flag("--cases", cases, "the layers of tests/laws/cases.inc");
  app.add_option("--images", images)->delimiter(',')->check(CLI::Range(1, 4096));
  app.add_option("--threads", threads);
  app.add_option("--seconds", seconds, "of each measurement");
  CLI11_PARSE(app, argc, argv);
  try {
    threads = slim::UseThreads(threads);
    slim::UseOpenBlas();
    if (!shapes.empty()) slim::TimeShapes(shapes, images, threads, seconds);
    if (cases) slim::TimeCases(threads, seconds);
  } catch (const slim::Error& error) {
    fprintf(stderr, "layers: %s\n", error.what());
    return error.exit_code();
  }
  return 0;
}
