// BottleFit (Matsubara et al., 2022; ver 2 of its bottlenecks): a thin encoder and decoder in front
// of a teacher's tail.
#ifndef SLIMSPLIT_LAYERS_NETS_BOTTLEFIT_NET_HOST_H_
#define SLIMSPLIT_LAYERS_NETS_BOTTLEFIT_NET_HOST_H_

#include "layers/nets/split_net_host.h"

namespace slim {

// One width, "1". Encoder: the teacher's stem convolution with its batch norm (7x7 stride 2 for
// images of 64 pixels or more, else 3x3) and `encoder_channels` outputs, or the teacher's own nodes
// up to `from`; max pools with batch norm down to twice the side n of what is imitated; a 2x2
// convolution of stride 2, "bottleneck", to (n + 1) x (n + 1) x `latent`. Decoder: four 2x2
// convolutions with as many outputs as what is imitated has channels, and an average pool. Nothing
// is quantised in training; export fits an 8-bit quantiser to the cut.
//
// ResNet-50 at 224 and `at` = the end of layer2: 29x29 x latent, as published.
// Throws UsageError as MakeSplitNet, and when the sides do not meet.
OwnedGraph MakeBottleFitNet(const OwnedGraph& teacher, const SplitNetOptions& options);

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_NETS_BOTTLEFIT_NET_HOST_H_
