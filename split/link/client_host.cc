#include "split/link/client_host.h"

#include <algorithm>
#include <asio/connect.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <limits>
#include <mutex>
#include <thread>
#include <utility>

#include "core/error_host.h"
#include "split/codec/little_endian.h"
#include "split/link/answer_host.h"
#include "split/link/frame_stream_host.h"
#include "split/link/link_clock_host.h"
#include "split/link/secure_stream_host.h"

namespace slim {
namespace {

using asio::ip::tcp;

std::chrono::steady_clock::time_point TimePoint(int64_t us) {
  // Nanoseconds overflow sooner.
  us = std::min(us, std::numeric_limits<int64_t>::max() / 1000);
  return std::chrono::steady_clock::time_point(std::chrono::microseconds(us));
}

}  // namespace

// Everything but what the mutex guards belongs to the thread of the context.
class LinkClient::Running : public FrameListener {
 public:
  explicit Running(const ClientOptions& options)
      : options_(options),
        security_(LinkEnd::kHead, options.key),
        window_(options.window),
        pulse_(options.pulse),
        resolver_(context_),
        timer_(context_) {
    options_.key = nullptr;
    asio::post(context_, [this] { Connect(); });
    thread_ = std::thread([this] { context_.run(); });
  }

  ~Running() override {
    context_.stop();
    thread_.join();
    if (stream_ != nullptr) stream_->Close();
    stream_.reset();  // before the context that its socket belongs to
    socket_.reset();
  }

  uint64_t Send(int row, const uint8_t* payload, int64_t payload_bytes, int64_t deadline_us) {
    WireHeader header;
    header.kind = WireKind::kFeatures;
    header.compute_row = static_cast<uint8_t>(row);
    header.model_digest = options_.model_digest;
    const std::lock_guard<std::mutex> lock(send_mutex_);  // ids reach the window in order
    header.frame_id = ++last_frame_id_;
    FrameWindow::Frame frame = {header.frame_id, row, payload_bytes, deadline_us,
                                FrameOf(header, payload, payload_bytes)};
    asio::post(context_, [this, frame = std::move(frame)]() mutable {
      window_.Submit(std::move(frame), NowUs());
      if (phase_ != Phase::kUp) window_.Lose("the link is down");
      Proceed();
    });
    return header.frame_id;
  }

  bool Next(int64_t until_us, FrameOutcome* outcome) {
    std::unique_lock<std::mutex> lock(mutex_);
    if (!changed_.wait_until(lock, TimePoint(until_us), [this] { return !outcomes_.empty(); })) {
      return false;
    }
    *outcome = std::move(outcomes_.front());
    outcomes_.pop_front();
    return true;
  }

  LinkState State() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return state_;
  }

 private:
  enum class Phase : uint8_t { kRest, kConnect, kOpen, kUp };

  void Connect() {
    phase_ = Phase::kConnect;
    phase_ends_us_ = NowUs() + options_.pulse.attempt_us;
    said_.clear();
    socket_ = std::make_shared<tcp::socket>(context_);
    resolver_.async_resolve(
        options_.host, std::to_string(options_.port),
        [this, socket = socket_](const asio::error_code& error, const auto& endpoints) {
          if (socket != socket_) return;
          if (error) return Drop(options_.host + ": " + error.message());
          asio::async_connect(*socket, endpoints,
                              [this, socket](const asio::error_code& error, const tcp::endpoint&) {
                                if (socket != socket_) return;
                                if (error) return Drop("no connection: " + error.message());
                                Open();
                              });
        });
    Proceed();
  }

  void Open() {
    phase_ = Phase::kOpen;
    const auto limit = static_cast<uint32_t>(options_.answer_bytes);
    const WireLimits limits = {options_.model_digest, limit, options_.rows, 1};
    stream_ = std::make_shared<FrameStream>(security_.Wrap(std::move(*socket_)), limits);
    socket_.reset();
    // The stream lets its listener go when it is closed, which happens before this is gone.
    stream_->Start(std::shared_ptr<FrameListener>(std::shared_ptr<void>(), this));
  }

  void Drop(const std::string& why) {
    if (stream_ != nullptr) stream_->Close();
    stream_.reset();
    socket_.reset();
    resolver_.cancel();
    phase_ = Phase::kRest;
    phase_ends_us_ = NowUs() + pulse_.RestUs();
    const std::string trouble = said_.empty() ? why : "the tail says: " + said_;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      state_.up = false;
      state_.trouble = trouble;
      state_.protection.clear();
    }
    window_.Lose(trouble);
    Proceed();
  }

  // Does what is due, hands over what has become of frames, and sets the timer to what is next.
  void Proceed() {
    const int64_t now_us = NowUs();
    window_.Expire(now_us);
    int64_t next_us = window_.NextDeadlineUs();
    if (phase_ == Phase::kUp) {
      if (now_us >= pulse_.DeadUs()) return Drop("the tail has fallen silent");
      if (now_us >= pulse_.PingUs() || (window_.idle() && now_us >= pulse_.MeasureUs())) {
        Ping(now_us);
      }
      while (auto frame = window_.Next(now_us)) stream_->Send(std::move(*frame));
      next_us = std::min({next_us, pulse_.DeadUs(), pulse_.PingUs()});
    } else {
      if (now_us >= phase_ends_us_) {
        return phase_ == Phase::kRest ? Connect() : Drop("no answer to the attempt to connect");
      }
      next_us = std::min(next_us, phase_ends_us_);
    }
    HandOver();
    timer_.expires_at(TimePoint(next_us));
    timer_.async_wait([this](const asio::error_code& error) {
      if (!error) Proceed();
    });
  }

  void HandOver() {
    std::vector<FrameOutcome> outcomes = window_.TakeOutcomes();
    if (outcomes.empty()) return;
    const std::lock_guard<std::mutex> lock(mutex_);
    for (FrameOutcome& outcome : outcomes) outcomes_.push_back(std::move(outcome));
    changed_.notify_all();
  }

  void Ping(int64_t now_us) {
    WireHeader header;
    header.kind = WireKind::kPing;
    header.frame_id = ++last_ping_id_;
    header.model_digest = options_.model_digest;
    stream_->Send(FrameOf(header, nullptr, 0));
    pulse_.Pinged(now_us);
    pinged_us_ = window_.idle() ? now_us : -1;
  }

  void Opened() override { Ping(NowUs()); }

  void Arrived(const WireHeader& header, const uint8_t* payload) override {
    const int64_t now_us = NowUs();
    pulse_.Heard(now_us);
    std::vector<uint8_t> body(payload, payload + header.payload_bytes);
    if (header.kind == WireKind::kRefusal) {
      const std::string text(body.begin(), body.end());
      if (!window_.Refused(header.frame_id, text, now_us)) said_ = text;
    } else if (header.kind == WireKind::kPong) {
      if (header.frame_id == last_ping_id_) Measured(now_us);
      if (phase_ == Phase::kOpen && header.frame_id == last_ping_id_) BeUp();
    } else if (header.kind != WireKind::kAnswer || body.size() < kAnswerTimeBytes) {
      return Drop("the tail sent what no tail sends");
    } else {
      const int64_t server_us = LoadLe32(body.data());
      body.erase(body.begin(), body.begin() + kAnswerTimeBytes);
      if (!window_.Answered(header.frame_id, header.compute_row, server_us, std::move(body),
                            now_us)) {
        return Drop("the tail answered a frame that was not asked");
      }
    }
    Proceed();
  }

  void Measured(int64_t now_us) {
    if (pinged_us_ < 0) return;
    const std::lock_guard<std::mutex> lock(mutex_);
    ++state_.pings;
    state_.pinged_us = pinged_us_;
    state_.ponged_us = now_us;
    pinged_us_ = -1;
  }

  void BeUp() {
    phase_ = Phase::kUp;
    pulse_.Up();
    const std::lock_guard<std::mutex> lock(mutex_);
    state_.up = true;
    ++state_.times_up;
    state_.protection = stream_->Protection();
  }

  void Broken(const Status& status) override { Drop(status.text); }
  void Closed(const std::string& why) override { Drop(why); }

  ClientOptions options_;
  const LinkSecurity security_;
  std::mutex send_mutex_;
  uint64_t last_frame_id_ = 0;

  Phase phase_ = Phase::kRest;
  int64_t phase_ends_us_ = 0;  // of all but kUp
  std::string said_;           // the last refusal of this connection that is of no frame
  uint64_t last_ping_id_ = 0;
  int64_t pinged_us_ = -1;  // of a ping that measures
  FrameWindow window_;
  LinkPulse pulse_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<FrameOutcome> outcomes_;
  LinkState state_;

  asio::io_context context_{1};
  tcp::resolver resolver_;
  asio::steady_timer timer_;
  std::shared_ptr<tcp::socket> socket_;  // while connecting
  std::shared_ptr<FrameStream> stream_;
  std::thread thread_;
};

LinkClient::LinkClient(const ClientOptions& options) {
  const PulseOptions& pulse = options.pulse;
  const bool good = options.rows >= 1 && options.rows <= 256 && options.window >= 1 &&
                    options.window <= 2 && options.answer_bytes >= kAnswerTimeBytes &&
                    options.answer_bytes <= int64_t{64} << 20 && pulse.ping_every_us > 0 &&
                    pulse.silence_us > 0 && pulse.measure_every_us > 0 && pulse.attempt_us > 0 &&
                    pulse.first_rest_us > 0 && pulse.most_rest_us > 0;
  if (!good) {
    throw UsageError(
        "client: rows are 1 to 256, the window 1 or 2, answers 4 bytes to 64 MiB, times above 0");
  }
  running_ = std::make_unique<Running>(options);
}

LinkClient::~LinkClient() = default;

uint64_t LinkClient::Send(int row, const uint8_t* payload, int64_t payload_bytes,
                          int64_t deadline_us) {
  return running_->Send(row, payload, payload_bytes, deadline_us);
}

bool LinkClient::Next(int64_t until_us, FrameOutcome* outcome) {
  return running_->Next(until_us, outcome);
}

LinkState LinkClient::State() const { return running_->State(); }

}  // namespace slim
