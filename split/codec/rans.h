// Range coding of symbols by asymmetric numeral systems (rANS; Duda, "Asymmetric numeral systems",
// 2013), integers only: the same symbols and tables give the same bytes on every machine.
//
// A message is the symbols of some planes, one after the other, all planes of one size, plane c
// coded by table c. A narrower latent is a prefix of the planes. Its last symbols may be seeds,
// which no table codes.
//
//   state  little-endian, 3 or 4 bytes when words follow, else the 0..4 bytes that it needs
//   words  u16 little-endian, in the order in which the decoder takes them
//
// The encoder's state starts as the seeds, the very last symbol in its lowest bits, 0 without any.
// The decoder's, which goes back there, takes a word whenever it is below 2^16 and a word is left.
//
// Why seeds: a state below 4096 costs 12 bits whatever it holds, so the first symbol on a state of
// 0 is paid as one of 4096, and the message is 1.2 to 1.7 bytes longer than its information. Seeds
// fill these bits; 0.1 to 0.8 bytes are left, most of it the rounding to bytes.
//
// A message holds nothing to check it by: whether bytes are those that were sent is the frame's
// business (wire_frame.h).
//
// One state, not several interleaved ones: measured, four are 1.3 times as fast (decoding 260
// instead of 200 million symbols a second) and cost eight bytes a message.
#ifndef SLIMSPLIT_SPLIT_CODEC_RANS_H_
#define SLIMSPLIT_SPLIT_CODEC_RANS_H_

#include <stdint.h>

#include "core/status.h"
#include "core/workspace.h"
#include "split/codec/prob_table.h"

namespace slim {

inline constexpr uint32_t kRansLow = 1u << 16;  // the state is not below, while words are left
inline constexpr int kRansBypassBits = 4;  // an escaped symbol is coded as one of 256 equal ones,
                                           // each 2^4 of 4096

// What a message is made of.
struct RansLayout {
  int64_t planes = 0, plane_size = 0;
  int seed_bits = 0;  // bits of a seed, 1..8; 0: there are no seeds

  int64_t symbols() const { return planes * plane_size; }
  // As many of the last plane's last symbols as 12 bits hold.
  int64_t seeds() const {
    if (seed_bits == 0 || planes == 0) return 0;
    const int64_t most = kProbBits / seed_bits;
    return plane_size < most ? plane_size : most;
  }
  // Symbols of a plane that its table codes; they come before its seeds.
  int64_t coded(int64_t plane) const { return plane_size - (plane == planes - 1 ? seeds() : 0); }
};

// One table as the encoder wants it: 16 bytes an entry.
struct RansEncodeTable {
  struct Entry {
    uint64_t reciprocal;  // ceil(2^44 / frequency)
    uint16_t frequency;
    uint16_t start;  // sum of the frequencies before it
    uint16_t rest;   // 4096 - frequency
  };

  int first = 0;
  int symbols = 0;
  bool escape = false;
  const Entry* entries = nullptr;

  // Takes the entries from `workspace` and, unless that only counts, fills them.
  static RansEncodeTable Make(const ProbTable& table, Workspace& workspace);
};

// One table as the decoder wants it: 16 KiB.
struct RansDecodeTable {
  bool escape = false;
  uint8_t escape_symbol = 0;        // what stands in `slots` for the escape: no listed symbol
  const uint32_t* slots = nullptr;  // [4096]: symbol | (frequency - 1) << 8 | offset << 20

  // Takes the slots from `workspace` and, unless that only counts, fills them.
  static RansDecodeTable Make(const ProbTable& table, Workspace& workspace);
};

// Bytes that suffice for every message of `symbols` symbols.
int64_t RansMostBytes(int64_t symbols);

// Writes the message symbols[planes][plane_size] to `out` and its length to `size`. Uses all of
// out[0, capacity) as scratch.
//
// kTooSmall when `capacity` does not suffice for these symbols; where: what suffices for any. A
// symbol that its table neither lists nor leaves to an escape, and a seed of too many bits, are
// kInvalid; where: its index.
Status RansEncode(const RansEncodeTable* tables, const RansLayout& layout, const uint8_t* symbols,
                  uint8_t* out, int64_t capacity, int64_t* size);

// Reads a message of exactly `size` bytes into symbols[planes][plane_size]. Bytes from anybody are
// safe: time and memory depend on the layout alone. A message that does not end where its bytes
// end, or in a state beyond its seeds, is kInvalid; `symbols` then hold nothing of use.
Status RansDecode(const RansDecodeTable* tables, const RansLayout& layout, const uint8_t* bytes,
                  int64_t size, uint8_t* symbols);

}  // namespace slim

#endif  // SLIMSPLIT_SPLIT_CODEC_RANS_H_
