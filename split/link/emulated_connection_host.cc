#include "split/link/emulated_connection_host.h"

#include <math.h>
#include <poll.h>

#include <asio/write.hpp>
#include <utility>

#include "split/link/link_clock_host.h"

namespace slim {
namespace {

using asio::ip::tcp;

constexpr size_t kChunkBytes = 1460;         // of one segment
constexpr double kGivesUp = 0.5;             // seconds after which a sender may have left unnoticed
constexpr size_t kMostTravelling = 1 << 14;  // chunks; then no more is read

std::chrono::steady_clock::duration Seconds(double s) {
  return std::chrono::nanoseconds(static_cast<int64_t>(std::clamp(s, 0.0, 1e8) * 1e9));
}

bool HasLeft(tcp::socket& socket) {
  pollfd ask = {socket.native_handle(), POLLRDHUP, 0};
  return poll(&ask, 1, 0) > 0 && (ask.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

}  // namespace

EmulatedConnection::Way::Way(tcp::socket* sender, tcp::socket* receiver, LinkRoad* shared,
                             int64_t* arrived, const LinkDamage& harm, const Random& jitter)
    : from(sender),
      to(receiver),
      road(shared),
      arrived_bytes(arrived),
      damage(harm),
      random(jitter),
      leaving(sender->get_executor()),
      arriving(sender->get_executor()),
      buffer(kChunkBytes) {}

EmulatedConnection::Way EmulatedConnection::MakeWay(bool to_tail, uint64_t number) {
  const EmulatorOptions& options = link_->options;
  const uint64_t stream = 2 * number + (to_tail ? 0 : 1);
  EmulatorCounters& counters = link_->counters;
  return Way(to_tail ? &head_ : &tail_, to_tail ? &tail_ : &head_,
             to_tail ? &link_->to_tail : &link_->to_head,
             to_tail ? &counters.bytes_to_tail : &counters.bytes_to_head,
             LinkDamage(options.flips_per_mib, options.cuts_per_mib,
                        Random::Derive(options.seed, stream, 0)),
             Random::Derive(options.seed, stream, 1));
}

EmulatedConnection::EmulatedConnection(tcp::socket head, tcp::socket tail, uint64_t number,
                                       EmulatedLink* link)
    : head_(std::move(head)),
      tail_(std::move(tail)),
      link_(link),
      to_tail_(MakeWay(true, number)),
      to_head_(MakeWay(false, number)) {
  asio::error_code ignored;
  head_.set_option(tcp::no_delay(true), ignored);
  tail_.set_option(tcp::no_delay(true), ignored);
  ++link_->counters.connections;
  ++link_->counters.open;
}

double EmulatedConnection::NowS() const {
  return static_cast<double>(NowUs() - link_->started_us) * 1e-6;
}

void EmulatedConnection::Start() {
  Read(&to_tail_);
  Read(&to_head_);
}

void EmulatedConnection::Close() {
  if (closed_) return;
  closed_ = true;
  --link_->counters.open;
  asio::error_code ignored;
  for (tcp::socket* socket : {&head_, &tail_}) socket->close(ignored);
  for (Way* way : {&to_tail_, &to_head_}) {
    way->leaving.cancel();
    way->arriving.cancel();
  }
}

void EmulatedConnection::Read(Way* way) {
  way->from->async_read_some(
      asio::buffer(way->buffer),
      [this, self = shared_from_this(), way](const asio::error_code& error, size_t bytes) {
        if (closed_) return;
        if (error == asio::error::eof) return Travel(way, NowS(), {});
        if (error) return Close();
        Took(way, bytes);
      });
}

void EmulatedConnection::Took(Way* way, size_t bytes) {
  const int64_t flips = way->damage.flips();
  const int64_t pass = way->damage.Damage(way->buffer.data(), static_cast<int64_t>(bytes));
  link_->counters.flips += way->damage.flips() - flips;
  const double now_s = NowS();
  const double leaves_s = way->road->Leave(now_s, pass);
  way->leaving.expires_after(Seconds(leaves_s - now_s));
  way->leaving.async_wait([this, self = shared_from_this(), way, bytes, pass, now_s,
                           leaves_s](const asio::error_code&) {
    if (closed_) return;
    if (pass < static_cast<int64_t>(bytes)) {
      ++link_->counters.cuts;
      return Close();
    }
    // A sender that left while nothing passed would have been unable to say so.
    if (leaves_s - now_s > kGivesUp && HasLeft(*way->from)) return Close();
    Travel(way, leaves_s, {way->buffer.begin(), way->buffer.begin() + pass});
    if (way->travelling.size() < kMostTravelling) Read(way);
  });
}

void EmulatedConnection::Travel(Way* way, double left_s, std::vector<uint8_t> bytes) {
  const double arrives_s = left_s + way->road->Travel(left_s, &way->random);
  way->last_arrival_s = std::max(way->last_arrival_s, arrives_s);
  way->travelling.push_back({way->last_arrival_s, std::move(bytes)});
  Deliver(way);
}

void EmulatedConnection::Deliver(Way* way) {
  if (closed_ || way->writing || way->travelling.empty()) return;
  way->writing = true;
  const Chunk& chunk = way->travelling.front();
  way->arriving.expires_after(Seconds(chunk.arrives_s - NowS()));
  way->arriving.async_wait([this, self = shared_from_this(), way, &chunk](const asio::error_code&) {
    if (closed_) return;
    if (chunk.bytes.empty()) {
      asio::error_code ignored;
      way->to->shutdown(tcp::socket::shutdown_send, ignored);
      way->ended = true;
      if (to_tail_.ended && to_head_.ended) Close();
      return;
    }
    asio::async_write(
        *way->to, asio::buffer(chunk.bytes),
        [this, self = shared_from_this(), way](const asio::error_code& error, size_t bytes) {
          if (closed_) return;
          if (error) return Close();
          *way->arrived_bytes += static_cast<int64_t>(bytes);
          const bool was_full = way->travelling.size() == kMostTravelling;
          way->travelling.pop_front();
          way->writing = false;
          if (was_full) Read(way);
          Deliver(way);
        });
  });
}

}  // namespace slim
