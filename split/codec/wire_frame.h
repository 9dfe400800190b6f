// WireFrame: one message between a head and its tail, told from noise, from damage and from the
// messages of other programs, versions and models.
//
//   byte  0   u8[4]  magic           "slmF"
//         4   u8     version         1
//         5   u8     kind            WireKind
//         6   u8     compute row     of the mode in which the features were made
//         7   u8     rate row        of that mode
//         8   u64    frame id        an answer has the id of its features
//        16   u32    payload bytes
//        20   u64    model digest    of the model that head and tail were exported from
//        28   u32    CRC-32          of bytes 0..27 and the payload, see core/crc32.h
//        32          payload
//
// All little-endian. Nothing in a frame is secret or proof of its sender: that is TLS's business.
#ifndef SLIMSPLIT_SPLIT_CODEC_WIRE_FRAME_H_
#define SLIMSPLIT_SPLIT_CODEC_WIRE_FRAME_H_

#include <stdint.h>

#include "core/status.h"

namespace slim {

inline constexpr int kWireHeaderBytes = 32;

enum class WireKind : uint8_t {
  kFeatures = 1,  // head to tail: coded symbols
  kAnswer = 2,    // tail to head: what the tail made of them
  kRefusal = 3,   // tail to head: text that says why there is no answer
  kPing = 4,      // either way: are you there?
  kPong = 5,      // the payload of the ping, sent back
};

struct WireHeader {
  WireKind kind = WireKind::kFeatures;
  uint8_t compute_row = 0, rate_row = 0;
  uint64_t frame_id = 0;
  uint32_t payload_bytes = 0;
  uint64_t model_digest = 0;
};

// What one end of a link accepts.
struct WireLimits {
  uint64_t model_digest = 0;
  uint32_t payload_bytes = 0;               // the most
  int32_t compute_rows = 1, rate_rows = 1;  // modes of the model, 1..256 each
};

// Judges the first kWireHeaderBytes of a frame, all but the CRC, so that a reader knows how many
// payload bytes to wait for. Where: byte offset of the field that breaks a rule.
Status ParseWireHeader(const uint8_t* bytes, int64_t size, const WireLimits& limits,
                       WireHeader* header);

// Judges a whole frame, no byte less or more. Its payload begins at bytes + kWireHeaderBytes.
Status ParseWireFrame(const uint8_t* bytes, int64_t size, const WireLimits& limits,
                      WireHeader* header);

// Completes a frame: the payload already lies at frame + kWireHeaderBytes, header.payload_bytes
// long. kTooSmall, and nothing is written, when both exceed `capacity` bytes.
Status WriteWireFrame(const WireHeader& header, uint8_t* frame, int64_t capacity);

}  // namespace slim

#endif  // SLIMSPLIT_SPLIT_CODEC_WIRE_FRAME_H_
