// The reference networks, each slimmable, by name.
#ifndef SLIMSPLIT_LAYERS_NETS_NETS_HOST_H_
#define SLIMSPLIT_LAYERS_NETS_NETS_HOST_H_

#include <string>
#include <vector>

#include "layers/batch_norm.h"
#include "layers/graph_builder_host.h"

namespace slim {

struct NetOptions {
  int64_t height = 32, width = 32;
  int channels = 3;
  int classes = 10;
  std::vector<double> widths = {1.0};
  BatchNormAffine affine = BatchNormAffine::kPerWidth;
  // Rounds channel counts to multiples of this at each width (US-Nets use 8).
  int divisor = 1;
};

// A small network without shortcuts: conv-bn-relu at 16, 32, 64 channels, stride 2 between, mean
// pool, linear.
OwnedGraph PlainCnn(const NetOptions& options);
// MLPerf Tiny's ResNet-8: three stages of one block, 16-32-64 channels, 1x1 convolutions as
// shortcuts.
OwnedGraph ResNet8(const NetOptions& options);
// He et al. (2016): 6 n + 2 layers, 16-32-64 channels, option-A shortcuts. n = 3: ResNet-20, n = 9:
// ResNet-56.
OwnedGraph CifarResNet(int n, const NetOptions& options);

// The network of that name; throws UsageError that lists the known ones.
OwnedGraph MakeNet(const std::string& name, const NetOptions& options);
std::vector<std::string> NetNames();

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_NETS_NETS_HOST_H_
