// The reference networks, each slimmable, by name.
//
// Nodes are called as the modules of the published PyTorch networks (conv1, layer1.0.bn2, fc,
// features.3.conv.0.0), so that their weights find their place by name: akamaster's for CIFAR
// ResNets, torchvision's for those of ImageNet.
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
  // Of option-A shortcuts: the zeros stand on both sides of the channels, as published weights
  // expect. Otherwise they follow, and a channel stays the same one at every width.
  bool centred_shortcuts = false;
};

// A small network without shortcuts: conv-bn-relu at 16, 32, 64 channels, stride 2 between, mean
// pool, linear.
OwnedGraph PlainCnn(const NetOptions& options);

// MLPerf Tiny's ResNet-8 (github.com/mlcommons/tiny, image_classification): three stages of one
// block, 16-32-64 channels, 1x1 convolutions as shortcuts. Two things differ: convolutions before a
// batch norm have no bias, which it would cancel, and the shortcuts have a batch norm instead of
// one, as each width needs its own statistics there.
OwnedGraph ResNet8(const NetOptions& options);

// He et al. (2016): 6 n + 2 layers, 16-32-64 channels, option-A shortcuts. n = 3: ResNet-20, n = 9:
// ResNet-56.
OwnedGraph CifarResNet(int n, const NetOptions& options);

// He et al. (2016) for ImageNet, as torchvision has them: the stride of a bottleneck is on its 3x3
// convolution ("v1.5").
OwnedGraph ResNet18(const NetOptions& options);
OwnedGraph ResNet50(const NetOptions& options);

// Sandler et al. (2018), as torchvision has it. Channels are multiples of 8 at least; the last
// convolution keeps its 1280 at every width.
OwnedGraph MobileNetV2(const NetOptions& options);

// The ensemble encoder of Slimmable Encoders (Assine et al., 2023) for 384x384 images: four equal
// members of 6,333 parameters, y = 2 E_1 + E_2 + E_3 / 2 + E_4 / 4 with 6x96x96 numbers whatever
// the width, which says how many members run: 0.25 is one. Squeeze-excite has ReLU inside.
OwnedGraph SlimmableEncoder(const NetOptions& options);

// The network of that name; throws UsageError that lists the known ones.
OwnedGraph MakeNet(const std::string& name, const NetOptions& options);
// Those that tell classes apart; "slimmable-encoder" is a network too.
std::vector<std::string> NetNames();
// "per-width" or "shared"; throws UsageError otherwise.
BatchNormAffine ParseAffine(const std::string& name);
// The side of the images that the network of that name was designed for; throws as MakeNet.
int UsualImageSize(const std::string& name);

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_NETS_NETS_HOST_H_
