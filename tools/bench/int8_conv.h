// What the comparison of 8-bit convolutions needs of a side of it.
#ifndef SLIMSPLIT_TOOLS_BENCH_INT8_CONV_H_
#define SLIMSPLIT_TOOLS_BENCH_INT8_CONV_H_

#include <functional>
#include <string>
#include <vector>

#include "tools/bench/timing.h"

namespace slim {

// A convolution of one image on one thread, ready to run; keeps its memory.
struct Side {
  std::string name;
  std::function<void()> run;
};

// The peers that this program was linked with: none, or oneDNN.
std::vector<Side> PeerSides(const ConvShape& shape);

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_BENCH_INT8_CONV_H_
