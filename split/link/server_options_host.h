// What a server of tails is told, what it allows, and what it has counted.
#ifndef SLIMSPLIT_SPLIT_LINK_SERVER_OPTIONS_HOST_H_
#define SLIMSPLIT_SPLIT_LINK_SERVER_OPTIONS_HOST_H_

#include <stdint.h>

#include <array>
#include <iterator>
#include <string>

#include "split/link/link_key_host.h"

namespace slim {

// The most that a peer may ask for. Who breaks one of these rules loses its connection, nothing
// else; where a frame can still reach it, a refusal names the rule.
struct ServerLimits {
  int64_t payload_bytes = 65536;  // of a frame
  int frames_in_flight = 2;       // of a connection, not yet answered
  int connections = 64;           // of peers that know the key
  int handshakes = 64;            // unfinished ones; one more and the oldest is closed
  int64_t handshake_ms = 5000;
  int64_t frame_ms = 5000;          // a frame may arrive so much later than
  int64_t bytes_per_second = 1000;  //   at this rate
  int64_t idle_ms = 10000;          // without a frame or ping
  int64_t write_ms = 5000;          // in which a peer must take what it is sent
};

struct ServerOptions {
  std::string address = "127.0.0.1";
  uint16_t port = 0;             // 0: the system chooses
  const LinkKey* key = nullptr;  // nullptr: neither encrypted nor authenticated
  uint64_t model_digest = 0;
  int rows = 1;  // modes of the model, at most 256
  ServerLimits limits;
};

// What a connection was closed for.
enum class LinkRule : uint8_t {
  kHandshake,    // failed, too slow, or too many at once
  kConnections,  // one too many
  kFrame,        // damaged, of another model or version, too large, of an unknown row
  kKind,         // of a kind that no head sends
  kFrameId,      // not above that of the frame before
  kInFlight,     // one frame too many
  kProgress,     // a frame that arrives too slowly
  kIdle,
  kNotReading,
};
inline constexpr int kLinkRules = 9;

// In words, for metrics: "handshake", "connections", ...
const char* NameOf(LinkRule rule);

// Upper ends of the classes in which times of answers are counted; the last class has none.
inline constexpr int64_t kDurationBoundsUs[] = {250,   500,   1000,   2500,   5000,   10000,
                                                25000, 50000, 100000, 250000, 1000000};

struct ServerCounters {
  int64_t connections = 0;  // that are open now
  int64_t accepted = 0;     // handshakes done
  int64_t frames_answered = 0, frames_refused = 0;
  int64_t frames_together = 0;  // handled with others of their row
  int64_t payload_bytes = 0;    // of features
  int64_t pings = 0;
  std::array<int64_t, 256> answered_in_row = {};
  // From the last byte of a frame to the first of its answer: how many in each class, and the sum.
  std::array<int64_t, std::size(kDurationBoundsUs) + 1> durations = {};
  int64_t duration_sum_us = 0;
  std::array<int64_t, kLinkRules> closed = {};  // by LinkRule
};

}  // namespace slim

#endif  // SLIMSPLIT_SPLIT_LINK_SERVER_OPTIONS_HOST_H_
