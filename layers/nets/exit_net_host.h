// Exit networks: the head of a split network, followed by a classifier so small that the device
// can answer alone while there is no link.
#ifndef SLIMSPLIT_LAYERS_NETS_EXIT_NET_HOST_H_
#define SLIMSPLIT_LAYERS_NETS_EXIT_NET_HOST_H_

#include <string>

#include "layers/graph_builder_host.h"

namespace slim {

// The nodes of `split` up to the cut at `node`, with their names and its widths, then exit.conv1,
// exit.bn1 (16 channels, half the latent's side), exit.conv2, exit.bn2 (32), exit.pool and
// exit.linear. The cut is that of an export: before a bottleneck (layers/graph_cut_host.h), after
// any other node. Where widths differ only in what they send, the exit is the same. Throws
// UsageError when the network cannot be cut there, or has a node called so already.
OwnedGraph MakeExitNet(const OwnedGraph& split, const std::string& node, int classes);

// What the names of the exit's own nodes begin with.
inline constexpr char kExitPrefix[] = "exit.";

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_NETS_EXIT_NET_HOST_H_
