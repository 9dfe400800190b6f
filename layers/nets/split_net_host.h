// Split networks: a small slimmable encoder for the device, a quantised bottleneck, and on the
// server a decoder that imitates a value inside a trained teacher, followed by the rest of the
// teacher.
#ifndef SLIMSPLIT_LAYERS_NETS_SPLIT_NET_HOST_H_
#define SLIMSPLIT_LAYERS_NETS_SPLIT_NET_HOST_H_

#include <string>
#include <vector>

#include "layers/graph_builder_host.h"

namespace slim {

// Two knobs, each pair a row of the width plan: what the device computes and what it sends.
//
// Compute is the ensemble encoder of Slimmable Encoders (Assine et al., 2023), y_S = sum of
// 2^(1-i) E_i(x) over the first S of `members` equal members; or, with `encoder_widths`, one
// encoder of which each width runs the first channels. Rate is 1 to `bits` bits a number after an
// instance norm; or, with `rates`, an entropy bottleneck (layers/entropy_bottleneck.h) of as many
// steps, the coarsest first. Rows are called "S.b" or, of widths, "0.5:b".
struct SplitNetOptions {
  std::string at;  // node of the teacher whose output the decoder imitates
  int members = 4;
  std::vector<double> encoder_widths;  // rising, the last 1
  int bits = 4;
  int rates = 0;
  bool bottlefit = false;  // another encoder and decoder, see bottlefit_net_host.h, with one row
  std::string
      encoder_from;  // bottlefit: node of the teacher that its encoder begins with, empty = none
  bool batch_norm =
      false;  // in the encoder: batch norm and ReLU instead of instance norm and swish
  int encoder_channels = 16;  // of an encoder's first stage, twice that in its second
  int latent = 8;             // channels of the bottleneck, a quarter of the image's side
  int decoder_channels = 64;
  int decoder_blocks = 0;  // residual blocks at the bottleneck's side, two 3x3 convolutions each
};

// Nodes: encoder..., encoder.norm (before bits), bottleneck, decoder..., decoder.out, then
// the nodes of the teacher after `at` under their own names, with frozen batch norms. Throws
// UsageError when `at` does not exist, a later node reads past it, or its map is no multiple of
// the bottleneck's.
OwnedGraph MakeSplitNet(const OwnedGraph& teacher, const SplitNetOptions& options);

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_NETS_SPLIT_NET_HOST_H_
