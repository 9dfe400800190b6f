#include "split/link/frame_stream_host.h"

#include <string.h>

#include <utility>

#include "split/link/link_clock_host.h"

namespace slim {
namespace {

constexpr size_t kMostOutgoing = 16;  // frames that wait to be written before reading stops

}  // namespace

std::vector<uint8_t> FrameOf(WireHeader header, const uint8_t* payload, int64_t payload_bytes) {
  header.payload_bytes = static_cast<uint32_t>(payload_bytes);
  std::vector<uint8_t> frame(kWireHeaderBytes + payload_bytes);
  if (payload_bytes > 0) memcpy(frame.data() + kWireHeaderBytes, payload, payload_bytes);
  const Status status = WriteWireFrame(header, frame.data(), static_cast<int64_t>(frame.size()));
  SLIM_ASSERT(status.ok());
  (void)status;
  return frame;
}

FrameStream::FrameStream(std::unique_ptr<SecureStream> stream, const WireLimits& limits)
    : stream_(std::move(stream)), limits_(limits), buffer_(kWireHeaderBytes) {}

void FrameStream::Start(std::shared_ptr<FrameListener> listener) {
  listener_ = std::move(listener);
  stream_->Handshake([self = shared_from_this()](const asio::error_code& error, size_t) {
    if (self->closed_) return;
    if (error) return self->End(ExplainHandshake(error));
    self->open_ = true;
    const std::shared_ptr<FrameListener> keep = self->listener_;
    keep->Opened();
    self->ReadMore();
    self->WriteNext();
  });
}

void FrameStream::Send(std::vector<uint8_t> frame) {
  if (closed_ || finishing_) return;
  outgoing_.push_back(std::move(frame));
  WriteNext();
}

void FrameStream::Finish() {
  if (closed_ || finishing_) return;
  finishing_ = true;
  WriteNext();
  ReadMore();
}

void FrameStream::Close() {
  if (closed_) return;
  closed_ = true;
  stream_->Close();
  listener_.reset();
}

void FrameStream::End(const std::string& why) {
  const std::shared_ptr<FrameListener> listener = listener_;
  Close();
  listener->Closed(why);
}

void FrameStream::ReadMore() {
  if (closed_ || reading_ || !open_) return;
  if (!finishing_ && outgoing_.size() >= kMostOutgoing) return;
  reading_ = true;
  stream_->ReadSome(buffer_.data() + have_, want_ - have_,
                    [self = shared_from_this()](const asio::error_code& error, size_t bytes) {
                      self->reading_ = false;
                      self->Read(error, bytes);
                    });
}

void FrameStream::Read(const asio::error_code& error, size_t bytes) {
  if (closed_) return;
  if (error) return End("the other end closed the connection (" + error.message() + ")");
  if (!finishing_) {
    const std::shared_ptr<FrameListener> keep = listener_;  // a listener may close
    bytes_read_ += static_cast<int64_t>(bytes);
    if (have_ == 0) arriving_since_us_ = NowUs();
    have_ += static_cast<int64_t>(bytes);
    if (have_ == want_ && want_ == kWireHeaderBytes) JudgeHeader();
    if (have_ == want_) JudgeFrame();
  }
  ReadMore();
}

void FrameStream::JudgeHeader() {
  WireHeader header;
  const Status status = ParseWireHeader(buffer_.data(), have_, limits_, &header);
  if (!status.ok()) return Break(status);
  want_ = kWireHeaderBytes + int64_t{header.payload_bytes};
  if (static_cast<int64_t>(buffer_.size()) < want_) buffer_.resize(want_);
}

void FrameStream::JudgeFrame() {
  WireHeader header;
  const Status status = ParseWireFrame(buffer_.data(), have_, limits_, &header);
  have_ = 0;
  want_ = kWireHeaderBytes;
  if (!status.ok()) return Break(status);
  listener_->Arrived(header, buffer_.data() + kWireHeaderBytes);
}

void FrameStream::Break(const Status& status) {
  have_ = 0;
  listener_->Broken(status);
  Finish();
}

void FrameStream::WriteNext() {
  if (closed_ || writing_ || !open_) return;
  if (outgoing_.empty()) {
    if (finishing_) stream_->EndWriting();
    return;
  }
  writing_ = true;
  writing_since_us_ = NowUs();
  const std::vector<uint8_t>& frame = outgoing_.front();
  stream_->Write(frame.data(), frame.size(),
                 [self = shared_from_this()](const asio::error_code& error, size_t) {
                   self->writing_ = false;
                   self->writing_since_us_ = -1;
                   if (self->closed_) return;
                   // The reader may still find what the other end has to say about it.
                   if (error) return self->outgoing_.clear();
                   self->outgoing_.pop_front();
                   self->WriteNext();
                   self->ReadMore();
                 });
}

}  // namespace slim
