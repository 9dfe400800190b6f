// LinkServer: answers the frames of many heads.
//
// One thread moves bytes; beside it each handler has a thread of its own. Heads with a frame ready
// take turns, whatever each of them asks for; frames of the same row may be handled together, but
// none waits for others to come.
//
// A peer without the key reaches nothing but the handshake. Bytes of a peer cannot make the server
// crash, take more memory than its limits allow, or close any but that peer's connection.
#ifndef SLIMSPLIT_SPLIT_LINK_SERVER_HOST_H_
#define SLIMSPLIT_SPLIT_LINK_SERVER_HOST_H_

#include <stdint.h>

#include <memory>
#include <vector>

#include "core/status.h"
#include "split/link/server_options_host.h"

namespace slim {

// A frame for a handler, and what the handler makes of it.
struct FrameTask {
  const uint8_t* payload = nullptr;
  int64_t payload_bytes = 0;
  std::vector<uint8_t> body;
  Status status;
};

// What turns the payload of a frame into the body of its answer.
class FrameHandler {
 public:
  virtual ~FrameHandler() = default;

  // Fills the empty `body`, or says what is wrong with the payload: the text goes to the head. What
  // is thrown here costs the frame, not the connection.
  virtual Status Handle(int row, const uint8_t* payload, int64_t payload_bytes,
                        std::vector<uint8_t>* body) = 0;

  // Frames of one row that wait at the same time are handled together, so many at most.
  virtual int most_together() const { return 1; }
  // Does to each of 2 to most_together() tasks what Handle would do. When it throws, Handle gets
  // them one by one.
  virtual void HandleTogether(int row, FrameTask* tasks, int count);
};

class LinkServer {
 public:
  // Listens, and serves until destroyed; the key is not needed afterwards. Throws UsageError for
  // options that make no sense, NetworkError where the address cannot be had.
  LinkServer(const ServerOptions& options, std::vector<std::unique_ptr<FrameHandler>> handlers);
  ~LinkServer();
  LinkServer(const LinkServer&) = delete;
  LinkServer& operator=(const LinkServer&) = delete;

  uint16_t port() const;

  ServerCounters Counters() const;

 private:
  class Running;
  std::unique_ptr<Running> running_;
};

}  // namespace slim

#endif  // SLIMSPLIT_SPLIT_LINK_SERVER_HOST_H_
