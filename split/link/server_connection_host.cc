#include "split/link/server_connection_host.h"

#include <algorithm>
#include <utility>

#include "split/link/answer_host.h"
#include "split/link/link_clock_host.h"

namespace slim {
namespace {

constexpr int64_t kFinishUs = 1000000;  // for a head to read why it was refused

std::string TextOf(const Status& status) {
  return status.where < 0 ? status.text
                          : std::string(status.text) + " (at " + std::to_string(status.where) + ")";
}

void Count(int row, int64_t took_us, ServerCounters* counters) {
  ++counters->frames_answered;
  ++counters->answered_in_row[static_cast<size_t>(row)];
  const auto bound =
      std::lower_bound(std::begin(kDurationBoundsUs), std::end(kDurationBoundsUs), took_us);
  ++counters->durations[static_cast<size_t>(bound - std::begin(kDurationBoundsUs))];
  counters->duration_sum_us += took_us;
}

}  // namespace

const char* NameOf(LinkRule rule) {
  static constexpr const char* kNames[kLinkRules] = {"handshake", "connections", "frame",
                                                     "kind",      "frame_id",    "in_flight",
                                                     "progress",  "idle",        "not_reading"};
  return kNames[static_cast<int>(rule)];
}

ServerConnection::ServerConnection(uint64_t id, std::shared_ptr<FrameStream> stream,
                                   ServerState* state)
    : id_(id), stream_(std::move(stream)), state_(state), started_us_(NowUs()) {}

void ServerConnection::Opened() {
  open_ = true;
  heard_us_ = NowUs();
  const int most = state_->options.limits.connections;
  if (state_->counters.connections >= most) {
    return RefuseFor(LinkRule::kConnections, 0,
                     "this server has its " + std::to_string(most) + " connections already");
  }
  counted_ = true;
  ++state_->counters.connections;
  ++state_->counters.accepted;
}

void ServerConnection::Arrived(const WireHeader& header, const uint8_t* payload) {
  heard_us_ = NowUs();
  if (header.kind == WireKind::kFeatures) return TakeFeatures(header, payload);
  if (header.kind != WireKind::kPing) {
    return RefuseFor(LinkRule::kKind, header.frame_id, "a head sends features and pings only");
  }
  ++state_->counters.pings;
  Send(WireKind::kPong, header, payload, header.payload_bytes);
}

void ServerConnection::TakeFeatures(const WireHeader& header, const uint8_t* payload) {
  if (header.frame_id <= last_frame_id_) {
    return RefuseFor(
        LinkRule::kFrameId, header.frame_id,
        "a frame id must be above that of the frame before, " + std::to_string(last_frame_id_));
  }
  const int most = state_->options.limits.frames_in_flight;
  if (in_flight_ >= most) {
    return RefuseFor(LinkRule::kInFlight, header.frame_id,
                     "more than " + std::to_string(most) + " frames not yet answered");
  }
  last_frame_id_ = header.frame_id;
  ++in_flight_;
  state_->counters.payload_bytes += header.payload_bytes;
  FrameJob job = {weak_from_this(), header, {payload, payload + header.payload_bytes}, heard_us_};
  state_->jobs.Push(id_, std::move(job));
}

void ServerConnection::Answer(const FrameJob& job, const Status& status,
                              const std::vector<uint8_t>& body) {
  --in_flight_;
  if (!status.ok()) {
    ++state_->counters.frames_refused;
    return SendRefusal(job.header.frame_id, TextOf(status));
  }
  const int64_t took_us = NowUs() - job.arrived_us;
  Count(job.header.compute_row, took_us, &state_->counters);
  const std::vector<uint8_t> payload = MakeAnswer(took_us, body);
  Send(WireKind::kAnswer, job.header, payload.data(), static_cast<int64_t>(payload.size()));
}

void ServerConnection::Judge(int64_t now_us) {
  const ServerLimits& limits = state_->options.limits;
  if (!open_) {
    if (now_us - started_us_ > limits.handshake_ms * 1000) CloseFor(LinkRule::kHandshake);
    return;
  }
  if (stream_->is_finishing()) {
    if (finishing_since_us_ < 0) finishing_since_us_ = now_us;
    if (now_us - finishing_since_us_ > kFinishUs) Close();
    return;
  }
  const int64_t writing_since_us = stream_->writing_since_us();
  if (writing_since_us >= 0 && now_us - writing_since_us > limits.write_ms * 1000) {
    return CloseFor(LinkRule::kNotReading);
  }
  const int64_t arriving = stream_->arriving_bytes();
  if (arriving > 0) {
    const int64_t allowed_us =
        limits.frame_ms * 1000 + arriving * 1000000 / limits.bytes_per_second;
    if (now_us - stream_->arriving_since_us() > allowed_us) {
      return RefuseFor(LinkRule::kProgress, 0,
                       "a frame arrives more slowly than " +
                           std::to_string(limits.bytes_per_second) + " bytes a second");
    }
    // The head's ping waits behind the frame: let it know meanwhile that the link is alive.
    if (stream_->bytes_read() != bytes_said_) Send(WireKind::kPong, WireHeader(), nullptr, 0);
  } else if (in_flight_ == 0 && now_us - heard_us_ > limits.idle_ms * 1000) {
    return RefuseFor(LinkRule::kIdle, 0,
                     "nothing was heard for " + std::to_string(limits.idle_ms) + " ms");
  }
  bytes_said_ = stream_->bytes_read();
}

void ServerConnection::Broken(const Status& status) {
  ++state_->counters.closed[static_cast<int>(LinkRule::kFrame)];
  SendRefusal(0, TextOf(status));
}

void ServerConnection::Closed(const std::string&) {
  if (!open_) ++state_->counters.closed[static_cast<int>(LinkRule::kHandshake)];
  Close();
}

void ServerConnection::CloseFor(LinkRule rule) {
  if (closed_) return;
  ++state_->counters.closed[static_cast<int>(rule)];
  Close();
}

void ServerConnection::Close() {
  if (closed_) return;
  closed_ = true;
  if (counted_) --state_->counters.connections;
  state_->jobs.Drop(id_);
  stream_->Close();
}

void ServerConnection::RefuseFor(LinkRule rule, uint64_t frame_id, const std::string& text) {
  ++state_->counters.closed[static_cast<int>(rule)];
  SendRefusal(frame_id, text);
  stream_->Finish();
}

void ServerConnection::SendRefusal(uint64_t frame_id, const std::string& text) {
  WireHeader header;
  header.frame_id = frame_id;
  Send(WireKind::kRefusal, header, reinterpret_cast<const uint8_t*>(text.data()),
       static_cast<int64_t>(text.size()));
}

void ServerConnection::Send(WireKind kind, const WireHeader& of, const uint8_t* payload,
                            int64_t payload_bytes) {
  WireHeader header = of;
  header.kind = kind;
  header.model_digest = state_->options.model_digest;
  stream_->Send(FrameOf(header, payload, payload_bytes));
}

}  // namespace slim
