// FrameStream: whole frames, judged, over a SecureStream, both ways.
#ifndef SLIMSPLIT_SPLIT_LINK_FRAME_STREAM_HOST_H_
#define SLIMSPLIT_SPLIT_LINK_FRAME_STREAM_HOST_H_

#include <stdint.h>

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "split/codec/wire_frame.h"
#include "split/link/secure_stream_host.h"

namespace slim {

// A frame as it goes over the wire, its header completed.
std::vector<uint8_t> FrameOf(WireHeader header, const uint8_t* payload, int64_t payload_bytes);

// What a FrameStream tells its owner, on the thread of its io_context.
class FrameListener {
 public:
  virtual ~FrameListener() = default;

  virtual void Opened() = 0;  // the handshake is done
  virtual void Arrived(const WireHeader& header, const uint8_t* payload) = 0;
  // The other end broke the rules of a frame. After this call the stream finishes (see Finish).
  virtual void Broken(const Status& status) = 0;
  // The other end or the system closed the connection. The last call; not made after Close.
  virtual void Closed(const std::string& why) = 0;
};

// All calls on the thread of the io_context. Memory is bounded: a payload is waited for only when
// its length is within the limits, and a peer that does not read what it is sent is not read
// either.
class FrameStream : public std::enable_shared_from_this<FrameStream> {
 public:
  FrameStream(std::unique_ptr<SecureStream> stream, const WireLimits& limits);

  // Begins with the handshake; then reads until closed.
  void Start(std::shared_ptr<FrameListener> listener);

  // Frames go out whole and in the order of the calls.
  void Send(std::vector<uint8_t> frame);

  // Sends what waits, then no more; what arrives is thrown away until the other end closes.
  void Finish();

  // At once. The listener is let go.
  void Close();

  bool is_finishing() const { return finishing_; }
  const char* Protection() const { return stream_->Protection(); }

  int64_t bytes_read() const { return bytes_read_; }  // in all
  // Bytes that have arrived of a frame that is not yet whole, and since when (us; see NowUs).
  int64_t arriving_bytes() const { return have_; }
  int64_t arriving_since_us() const { return arriving_since_us_; }
  // Since when the other end has not taken what is being sent; -1: nothing is.
  int64_t writing_since_us() const { return writing_since_us_; }

 private:
  void ReadMore();
  void Read(const asio::error_code& error, size_t bytes);
  void JudgeHeader();
  void JudgeFrame();
  void Break(const Status& status);
  void WriteNext();
  void End(const std::string& why);

  std::unique_ptr<SecureStream> stream_;
  WireLimits limits_;
  std::shared_ptr<FrameListener> listener_;
  std::vector<uint8_t> buffer_;
  int64_t have_ = 0, want_ = kWireHeaderBytes;
  std::deque<std::vector<uint8_t>> outgoing_;
  bool open_ = false, reading_ = false, writing_ = false, finishing_ = false, closed_ = false;
  int64_t bytes_read_ = 0, arriving_since_us_ = 0, writing_since_us_ = -1;
};

}  // namespace slim

#endif  // SLIMSPLIT_SPLIT_LINK_FRAME_STREAM_HOST_H_
