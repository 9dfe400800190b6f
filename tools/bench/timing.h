// What the benchmarks in C++ share: timing a piece of work, and the shapes that every side times.
#ifndef SLIMSPLIT_TOOLS_BENCH_TIMING_H_
#define SLIMSPLIT_TOOLS_BENCH_TIMING_H_

#include <time.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace slim {

// Milliseconds that all threads of this process have computed.
inline double CpuMs() {
  timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return 1e3 * static_cast<double>(now.tv_sec) + 1e-6 * static_cast<double>(now.tv_nsec);
}

// Of many runs, in milliseconds. What others do on the machine is no part of the CPU time.
struct Timing {
  double median_ms = 0, best_ms = 0, cpu_ms = 0;
  size_t runs = 0;
};

// Runs `work` a few times to warm up, then for so many seconds and at least 9 times.
template <class Work>
Timing TimeOf(double seconds, const Work& work) {
  using Clock = std::chrono::steady_clock;
  for (int i = 0; i < 3; ++i) work();
  std::vector<double> times;
  const double cpu_start = CpuMs();
  const Clock::time_point end = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                                   std::chrono::duration<double>(seconds));
  while (times.size() < 9 || Clock::now() < end) {
    const Clock::time_point start = Clock::now();
    work();
    times.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
  }
  const double cpu_ms = (CpuMs() - cpu_start) / static_cast<double>(times.size());
  std::sort(times.begin(), times.end());
  return {times[times.size() / 2], times[0], cpu_ms, times.size()};
}

// A line of conv_shapes.txt.
struct ConvShape {
  int in, out, height, width, kernel, stride, padding, groups;

  int out_height() const { return (height + 2 * padding - kernel) / stride + 1; }
  int out_width() const { return (width + 2 * padding - kernel) / stride + 1; }
  // Of one image.
  double flops() const {
    return 2.0 * out_height() * out_width() * kernel * kernel * (in / groups) * out;
  }
  // As in every table: "3x3 64-128 32x32 /2", or with "dw" instead of the second number.
  std::string name() const {
    const auto by = [](int a, int b) { return std::to_string(a) + "x" + std::to_string(b); };
    return by(kernel, kernel) + " " + std::to_string(in) +
           (groups > 1 ? " dw" : "-" + std::to_string(out)) + " " + by(height, width) +
           (stride > 1 ? " /" + std::to_string(stride) : "");
  }
};

// Throws std::runtime_error where the file is none of these.
inline std::vector<ConvShape> ReadConvShapes(const std::string& path) {
  std::ifstream file(path);
  std::vector<ConvShape> shapes;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream numbers(line);
    ConvShape s = {};
    numbers >> s.in >> s.out >> s.height >> s.width >> s.kernel >> s.stride >> s.padding >>
        s.groups;
    if (!numbers) throw std::runtime_error(path + ": no convolution: " + line);
    shapes.push_back(s);
  }
  if (shapes.empty()) throw std::runtime_error(path + ": no convolutions");
  return shapes;
}

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_BENCH_TIMING_H_
