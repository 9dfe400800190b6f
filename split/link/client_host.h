// LinkClient: the head's end of a link: sends frames to a tail, notices within a second when the
// link is gone, and returns to it by itself.
//
// A thread of its own moves the bytes; the caller gives frames and asks what became of them.
#ifndef SLIMSPLIT_SPLIT_LINK_CLIENT_HOST_H_
#define SLIMSPLIT_SPLIT_LINK_CLIENT_HOST_H_

#include <stdint.h>

#include <memory>
#include <string>

#include "split/link/frame_window_host.h"
#include "split/link/link_key_host.h"
#include "split/link/link_pulse_host.h"

namespace slim {

struct ClientOptions {
  std::string host = "127.0.0.1";
  uint16_t port = 0;
  const LinkKey* key = nullptr;  // nullptr: neither encrypted nor authenticated
  uint64_t model_digest = 0;
  int rows = 1;                  // modes of the model, at most 256
  int window = 1;                // frames on their way at once, 1 or 2
  int64_t answer_bytes = 65536;  // the most
  PulseOptions pulse;
};

struct LinkState {
  bool up = false;         // the tail has answered a ping and has not fallen silent since
  int64_t times_up = 0;    // how often it has come up
  std::string trouble;     // why it is not up, or was not before
  std::string protection;  // of the connection, while it is up

  // Pings that were answered and sent while no frame was on its way, and the times of the last.
  int64_t pings = 0;
  int64_t pinged_us = -1, ponged_us = -1;
};

// Safe to use from any thread.
class LinkClient {
 public:
  // Begins to connect; the key is not needed afterwards. Throws UsageError for options that make no
  // sense.
  explicit LinkClient(const ClientOptions& options);
  ~LinkClient();
  LinkClient(const LinkClient&) = delete;
  LinkClient& operator=(const LinkClient&) = delete;

  // Gives the payload of a frame whose answer is due at `deadline_us` (see NowUs). Returns its id,
  // by which Next tells what became of it; ids increase.
  uint64_t Send(int row, const uint8_t* payload, int64_t payload_bytes, int64_t deadline_us);

  // The next outcome, in the order in which they came about. Waits for one until `until_us`; false
  // when there is none. They are kept until they are asked for.
  bool Next(int64_t until_us, FrameOutcome* outcome);

  LinkState State() const;

 private:
  class Running;
  std::unique_ptr<Running> running_;
};

}  // namespace slim

#endif  // SLIMSPLIT_SPLIT_LINK_CLIENT_HOST_H_
