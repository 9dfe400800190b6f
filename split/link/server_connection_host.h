// ServerConnection: one head, as the server sees it: judges it, counts what it does, and passes its
// frames on.
#ifndef SLIMSPLIT_SPLIT_LINK_SERVER_CONNECTION_HOST_H_
#define SLIMSPLIT_SPLIT_LINK_SERVER_CONNECTION_HOST_H_

#include <stdint.h>

#include <memory>
#include <string>
#include <vector>

#include "split/link/fair_queue_host.h"
#include "split/link/frame_stream_host.h"
#include "split/link/server_options_host.h"

namespace slim {

class ServerConnection;

// Features that wait for a worker.
struct FrameJob {
  std::weak_ptr<ServerConnection> connection;
  WireHeader header;
  std::vector<uint8_t> payload;
  int64_t arrived_us = 0;
};

// What all connections of a server share. It outlives them.
struct ServerState {
  ServerOptions options;
  ServerCounters counters;
  FairQueue<FrameJob> jobs;
};

// All calls on the thread of the server's io_context.
class ServerConnection : public FrameListener,
                         public std::enable_shared_from_this<ServerConnection> {
 public:
  ServerConnection(uint64_t id, std::shared_ptr<FrameStream> stream, ServerState* state);

  void Start() { stream_->Start(shared_from_this()); }

  // Sends what a worker made of a job, or why it could not.
  void Answer(const FrameJob& job, const Status& status, const std::vector<uint8_t>& body);

  // To be called every few milliseconds: closes what breaks a rule of time.
  void Judge(int64_t now_us);

  // Closes at once; counts the rule.
  void CloseFor(LinkRule rule);
  void Close();

  bool is_open() const { return open_; }  // past the handshake
  bool is_closed() const { return closed_; }

 private:
  void Opened() override;
  void Arrived(const WireHeader& header, const uint8_t* payload) override;
  void Broken(const Status& status) override;
  void Closed(const std::string& why) override;

  void TakeFeatures(const WireHeader& header, const uint8_t* payload);
  void SendRefusal(uint64_t frame_id, const std::string& text);
  void RefuseFor(LinkRule rule, uint64_t frame_id, const std::string& text);
  void Send(WireKind kind, const WireHeader& of, const uint8_t* payload, int64_t payload_bytes);

  const uint64_t id_;
  const std::shared_ptr<FrameStream> stream_;
  ServerState* const state_;
  const int64_t started_us_;
  bool open_ = false, closed_ = false;
  bool counted_ = false;  // among the open connections
  uint64_t last_frame_id_ = 0;
  int in_flight_ = 0;
  int64_t heard_us_ = 0;  // the last whole frame
  int64_t finishing_since_us_ = -1;
  int64_t bytes_said_ = 0;  // bytes_read() when the head was last told that bytes arrive
};

}  // namespace slim

#endif  // SLIMSPLIT_SPLIT_LINK_SERVER_CONNECTION_HOST_H_
