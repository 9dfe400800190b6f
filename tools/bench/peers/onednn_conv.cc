// oneDNN's fp32 convolutions, direct and by Winograd's algorithm; JSON lines on standard output.
// Tensors lie as oneDNN wants them and nothing is reordered: the kernels alone.
//
//   onednn_conv --shapes conv_shapes.txt --images 1,32 --threads 1 --seconds 0.3
//
// Needs Debian's libdnnl-dev (tools/setup peers).
#include <omp.h>
#include <stdio.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/parallel_host.h"
#include "oneapi/dnnl/dnnl.hpp"
#include "tools/bench/timing.h"

namespace slim {
namespace {

using Descriptor = dnnl::memory::desc;

class Bench {
 public:
  Bench(const ConvShape& shape, int64_t images, double seconds)
      : shape_(shape),
        images_(images),
        seconds_(seconds),
        engine_(dnnl::engine::kind::cpu, 0),
        stream_(engine_) {}

  // Throws dnnl::error where oneDNN has no such kernel.
  void Run(dnnl::algorithm algorithm, const std::string& peer) {
    const ConvShape& s = shape_;
    const auto any = [](const dnnl::memory::dims& dims) {
      return Descriptor(dims, dnnl::memory::data_type::f32, dnnl::memory::format_tag::any);
    };
    const Descriptor x = any({images_, s.in, s.height, s.width});
    const Descriptor y = any({images_, s.out, s.out_height(), s.out_width()});
    const Descriptor w =
        s.groups > 1 ? any({s.groups, s.out / s.groups, s.in / s.groups, s.kernel, s.kernel})
                     : any({s.out, s.in, s.kernel, s.kernel});
    const dnnl::memory::dims stride = {s.stride, s.stride}, padding = {s.padding, s.padding};
    const dnnl::convolution_forward::primitive_desc forward(
        {dnnl::prop_kind::forward_training, algorithm, x, w, y, stride, padding, padding}, engine_);
    Time("conv forward", peer, dnnl::convolution_forward(forward),
         {{DNNL_ARG_SRC, forward.src_desc()},
          {DNNL_ARG_WEIGHTS, forward.weights_desc()},
          {DNNL_ARG_DST, forward.dst_desc()}});
    const dnnl::convolution_backward_data::primitive_desc data(
        {algorithm, x, w, y, stride, padding, padding}, engine_, forward);
    Time("conv backward data", peer, dnnl::convolution_backward_data(data),
         {{DNNL_ARG_DIFF_SRC, data.diff_src_desc()},
          {DNNL_ARG_WEIGHTS, data.weights_desc()},
          {DNNL_ARG_DIFF_DST, data.diff_dst_desc()}});
    const dnnl::convolution_backward_weights::primitive_desc weights(
        {algorithm, x, w, y, stride, padding, padding}, engine_, forward);
    Time("conv backward weights", peer, dnnl::convolution_backward_weights(weights),
         {{DNNL_ARG_SRC, weights.src_desc()},
          {DNNL_ARG_DIFF_WEIGHTS, weights.diff_weights_desc()},
          {DNNL_ARG_DIFF_DST, weights.diff_dst_desc()}});
  }

 private:
  void Time(const char* bench, const std::string& peer, const dnnl::primitive& primitive,
            const std::vector<std::pair<int, Descriptor>>& tensors) {
    std::unordered_map<int, dnnl::memory> args;
    for (const auto& [name, descriptor] : tensors) {
      const dnnl::memory memory(descriptor, engine_);
      float* numbers = static_cast<float*>(memory.get_data_handle());
      for (size_t i = 0; i < descriptor.get_size() / sizeof(float); ++i)
        numbers[i] = 0.01f * static_cast<float>(i % 97);
      args[name] = memory;
    }
    const Timing timing = TimeOf(seconds_, [&] {
      primitive.execute(stream_, args);
      stream_.wait();
    });
    const nlohmann::json line = {{"peer", peer},
                                 {"bench", bench},
                                 {"case", shape_.name()},
                                 {"images", images_},
                                 {"threads", omp_get_max_threads()},
                                 {"runs", timing.runs},
                                 {"ms", timing.median_ms},
                                 {"best_ms", timing.best_ms},
                                 {"cpu_ms", timing.cpu_ms},
                                 {"flops", shape_.flops() * static_cast<double>(images_)}};
    printf("%s\n", line.dump().c_str());
    fflush(stdout);
  }

  const ConvShape shape_;
  const int64_t images_;
  const double seconds_;
  dnnl::engine engine_;
  dnnl::stream stream_;
};

}  // namespace
}  // namespace slim

int main(int argc, char** argv) {
  slim::LimitSpinning(argv);
  CLI::App app("Times oneDNN's convolutions.");
  std::string shapes;
  std::vector<int64_t> images = {1};
  int threads = 1;
  double seconds = 0.3;
  app.add_option("--shapes", shapes)->required()->check(CLI::ExistingFile);
  app.add_option("--images", images)->delimiter(',');
  app.add_option("--threads", threads);
  app.add_option("--seconds", seconds);
  CLI11_PARSE(app, argc, argv);
  omp_set_num_threads(threads);
  for (const slim::ConvShape& shape : slim::ReadConvShapes(shapes)) {
    for (const int64_t n : images) {
      slim::Bench(shape, n, seconds).Run(dnnl::algorithm::convolution_direct, "oneDNN direct");
      if (shape.kernel != 3 || shape.stride != 1 || shape.groups != 1) continue;
      try {
        slim::Bench(shape, n, seconds)
            .Run(dnnl::algorithm::convolution_winograd, "oneDNN Winograd");
      } catch (const dnnl::error&) {  // not on every instruction set
      }
    }
  }
  return 0;
}
