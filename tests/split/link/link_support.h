// What tests of links share: handlers of which the answers can be checked, and a peer that says
// what a well-behaved one never would.
#ifndef SLIMSPLIT_TESTS_SPLIT_LINK_LINK_SUPPORT_H_
#define SLIMSPLIT_TESTS_SPLIT_LINK_LINK_SUPPORT_H_

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "core/crc32.h"
#include "gtest/gtest.h"
#include "split/codec/little_endian.h"
#include "split/codec/wire_frame.h"
#include "split/link/answer_host.h"
#include "split/link/frame_stream_host.h"
#include "split/link/server_host.h"

namespace slim {

constexpr uint64_t kDigest = 0x1234567890abcdef;

// What EchoHandler answers: row and CRC-32 of the payload.
inline std::vector<uint8_t> EchoOf(int row, const std::vector<uint8_t>& payload) {
  std::vector<uint8_t> body(8);
  StoreLe32(body.data(), static_cast<uint32_t>(row));
  StoreLe32(body.data() + 4, Crc32(payload.data(), static_cast<int64_t>(payload.size())));
  return body;
}

class EchoHandler : public FrameHandler {
 public:
  Status Handle(int row, const uint8_t* payload, int64_t payload_bytes,
                std::vector<uint8_t>* body) override {
    *body = EchoOf(row, {payload, payload + payload_bytes});
    return OkStatus();
  }
};

// Calls a function for each frame.
class FunctionHandler : public FrameHandler {
 public:
  using Function = std::function<Status(int row, const std::vector<uint8_t>& payload)>;

  explicit FunctionHandler(Function function) : function_(std::move(function)) {}
  Status Handle(int row, const uint8_t* payload, int64_t payload_bytes,
                std::vector<uint8_t>*) override {
    return function_(row, {payload, payload + payload_bytes});
  }

 private:
  Function function_;
};

// Closed until opened, for good.
class Gate {
 public:
  void Open() {
    const std::lock_guard<std::mutex> lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void Pass() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

inline std::vector<std::unique_ptr<FrameHandler>> Handlers(std::unique_ptr<FrameHandler> handler) {
  std::vector<std::unique_ptr<FrameHandler>> handlers;
  handlers.push_back(std::move(handler));
  return handlers;
}

inline std::vector<std::unique_ptr<FrameHandler>> EchoHandlers(int count = 1) {
  std::vector<std::unique_ptr<FrameHandler>> handlers;
  for (int i = 0; i < count; ++i) handlers.push_back(std::make_unique<EchoHandler>());
  return handlers;
}

inline ServerOptions PlainServer() {
  ServerOptions options;
  options.model_digest = kDigest;
  options.rows = 16;
  return options;
}

inline std::vector<uint8_t> TestFrame(WireKind kind, uint64_t id, int row,
                                      const std::vector<uint8_t>& payload,
                                      uint64_t digest = kDigest) {
  WireHeader header;
  header.kind = kind;
  header.frame_id = id;
  header.compute_row = static_cast<uint8_t>(row);
  header.model_digest = digest;
  return FrameOf(header, payload.data(), static_cast<int64_t>(payload.size()));
}

// A frame that arrived, or what came instead: nothing but the end.
struct Heard {
  bool end = false;
  WireHeader header;
  std::vector<uint8_t> payload;

  std::string text() const { return {payload.begin(), payload.end()}; }
};

inline sockaddr_in Loopback(uint16_t port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// A plain TCP connection to a port of this machine that sends whatever it is told.
class RawPeer {
 public:
  explicit RawPeer(uint16_t port) : RawPeer(Tag(), socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const sockaddr_in address = Loopback(port);
    EXPECT_EQ(connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  }
  static std::unique_ptr<RawPeer> Of(int connected) {
    return std::unique_ptr<RawPeer>(new RawPeer(Tag(), connected));
  }
  ~RawPeer() { Close(); }
  RawPeer(const RawPeer&) = delete;

  // False when the connection is gone.
  bool Send(const std::vector<uint8_t>& bytes) {
    return send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(bytes.size());
  }
  void SendFeatures(uint64_t id, int row, const std::vector<uint8_t>& payload) {
    EXPECT_TRUE(Send(TestFrame(WireKind::kFeatures, id, row, payload)));
  }

  Heard Hear() {
    Heard heard;
    std::vector<uint8_t> frame(kWireHeaderBytes);
    const WireLimits limits = {kDigest, 1 << 20, 256, 256};
    if (!Fill(frame.data(), kWireHeaderBytes)) return {true, {}, {}};
    EXPECT_TRUE(ParseWireHeader(frame.data(), kWireHeaderBytes, limits, &heard.header).ok());
    frame.resize(kWireHeaderBytes + heard.header.payload_bytes);
    if (!Fill(frame.data() + kWireHeaderBytes, heard.header.payload_bytes)) return {true, {}, {}};
    EXPECT_TRUE(
        ParseWireFrame(frame.data(), static_cast<int64_t>(frame.size()), limits, &heard.header)
            .ok());
    heard.payload.assign(frame.begin() + kWireHeaderBytes, frame.end());
    return heard;
  }

  // The text of the refusal that comes next, and that the connection then ends.
  std::string LastWords() {
    Heard heard = Hear();
    while (!heard.end && heard.header.kind == WireKind::kPong) heard = Hear();
    EXPECT_FALSE(heard.end);
    EXPECT_EQ(heard.header.kind, WireKind::kRefusal);
    EXPECT_TRUE(Hear().end);
    return heard.text();
  }

  void Close() {
    if (socket_ >= 0) close(socket_);
    socket_ = -1;
  }

 private:
  struct Tag {};
  RawPeer(Tag, int connected) : socket_(connected) {
    const timeval patience = {60, 0};  // a test that hangs is a test that fails
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  }

  bool Fill(uint8_t* into, size_t bytes) {
    return bytes == 0 || recv(socket_, into, bytes, MSG_WAITALL) == static_cast<ssize_t>(bytes);
  }

  int socket_;
};

// A tail that does and says whatever it is told.
class RawTail {
 public:
  RawTail() : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = Loopback(0);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(socket_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(socket_, 16), 0);
    EXPECT_EQ(getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
  }
  ~RawTail() { close(socket_); }
  RawTail(const RawTail&) = delete;

  uint16_t port() const { return port_; }
  std::unique_ptr<RawPeer> Accept() { return RawPeer::Of(accept(socket_, nullptr, nullptr)); }

  // A head that has been told that the link is up.
  std::unique_ptr<RawPeer> Welcome() {
    std::unique_ptr<RawPeer> head = Accept();
    const Heard ping = head->Hear();
    EXPECT_EQ(ping.header.kind, WireKind::kPing);
    EXPECT_TRUE(head->Send(TestFrame(WireKind::kPong, ping.header.frame_id, 0, {})));
    return head;
  }

 private:
  int socket_;
  uint16_t port_ = 0;
};

// Waits for ever: a test that hangs is a test that fails.
inline void WaitUntil(const std::function<bool()>& holds) {
  while (!holds()) usleep(1000);
}

inline int64_t ClosedFor(const LinkServer& server, LinkRule rule) {
  return server.Counters().closed[static_cast<int>(rule)];
}

}  // namespace slim

#endif  // SLIMSPLIT_TESTS_SPLIT_LINK_LINK_SUPPORT_H_
