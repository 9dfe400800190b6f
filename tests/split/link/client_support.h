// What tests of clients share.
#ifndef SLIMSPLIT_TESTS_SPLIT_LINK_CLIENT_SUPPORT_H_
#define SLIMSPLIT_TESTS_SPLIT_LINK_CLIENT_SUPPORT_H_

#include "split/link/client_host.h"
#include "tests/split/link/link_support.h"

namespace slim {

constexpr int64_t kLong = int64_t{600} * 1000000;  // us; a test that waits so long has failed

// A client that takes nothing amiss: on a busy machine everything may be late.
inline ClientOptions ClientOf(uint16_t port) {
  ClientOptions options;
  options.port = port;
  options.model_digest = kDigest;
  options.rows = 16;
  options.pulse.silence_us = kLong;
  options.pulse.attempt_us = kLong;
  return options;
}

inline void WaitUntilUp(const LinkClient& client, int64_t times = 1) {
  WaitUntil([&] {
    const LinkState state = client.State();
    return state.up && state.times_up >= times;
  });
}

}  // namespace slim

#endif  // SLIMSPLIT_TESTS_SPLIT_LINK_CLIENT_SUPPORT_H_
