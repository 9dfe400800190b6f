#include "split/link/link_emulator_host.h"

#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <future>
#include <set>
#include <thread>
#include <utility>

#include "core/error_host.h"
#include "split/link/emulated_connection_host.h"
#include "split/link/link_clock_host.h"

namespace slim {

using asio::ip::tcp;

namespace {

tcp::endpoint EndpointOf(const std::string& address, uint16_t port) {
  asio::error_code error;
  const auto parsed = asio::ip::make_address(address, error);
  if (error) {
    throw UsageError("emulate-link: \"" + address + "\" is no address; give one like 127.0.0.1");
  }
  return {parsed, port};
}

}  // namespace

class LinkEmulator::Running {
 public:
  Running(const LinkProfile& profile, const EmulatorOptions& options)
      : link_(profile, options),
        tail_(EndpointOf(options.connect_address, options.connect_port)),
        acceptor_(context_),
        retry_(context_) {
    if (!(options.flips_per_mib >= 0 && options.flips_per_mib <= 0x1p23) ||
        !(options.cuts_per_mib >= 0 && options.cuts_per_mib <= 0x1p20)) {
      throw UsageError("emulate-link: flips and cuts per MiB must be from 0 to one a bit or byte");
    }
    Listen(EndpointOf(options.listen_address, options.listen_port));
    Accept();
    thread_ = std::thread([this] { context_.run(); });
  }

  ~Running() {
    context_.stop();
    thread_.join();
    for (const auto& connection : connections_) connection->Close();
    connections_.clear();  // before the context that their sockets belong to
  }

  uint16_t port() const { return port_; }

  EmulatorCounters Counters() {
    std::promise<EmulatorCounters> counters;
    asio::post(context_, [&] { counters.set_value(link_.counters); });
    return counters.get_future().get();
  }

  void Cut() {
    asio::post(context_, [this] {
      for (const auto& connection : connections_) {
        if (connection->is_closed()) continue;
        ++link_.counters.cuts;
        connection->Close();
      }
    });
  }

 private:
  void Listen(const tcp::endpoint& endpoint) {
    asio::error_code error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(tcp::acceptor::max_listen_connections, error);
    if (error) {
      throw NetworkError("emulate-link: cannot listen at port " + std::to_string(endpoint.port()) +
                         ": " + error.message() + "; choose another port, or end what uses it");
    }
    port_ = acceptor_.local_endpoint().port();
  }

  void Accept() {
    acceptor_.async_accept([this](const asio::error_code& error, tcp::socket head) {
      if (!error) {
        Connect(std::move(head));
        return Accept();
      }
      retry_.expires_after(std::chrono::milliseconds(50));  // descriptors are short
      retry_.async_wait([this](const asio::error_code&) { Accept(); });
    });
  }

  void Connect(tcp::socket head) {
    for (auto each = connections_.begin(); each != connections_.end();) {
      each = (*each)->is_closed() ? connections_.erase(each) : std::next(each);
    }
    if (link_.started_us < 0) link_.started_us = NowUs();
    const auto both = std::make_shared<std::pair<tcp::socket, tcp::socket>>(std::move(head),
                                                                            tcp::socket(context_));
    // A head whose tail cannot be reached finds its connection closed.
    both->second.async_connect(tail_, [this, both](const asio::error_code& error) {
      if (error) return;
      const auto connection = std::make_shared<EmulatedConnection>(
          std::move(both->first), std::move(both->second), ++last_number_, &link_);
      connections_.insert(connection);
      connection->Start();
    });
  }

  EmulatedLink link_;
  const tcp::endpoint tail_;
  uint16_t port_ = 0;
  uint64_t last_number_ = 0;
  asio::io_context context_{1};
  tcp::acceptor acceptor_;
  asio::steady_timer retry_;
  std::set<std::shared_ptr<EmulatedConnection>> connections_;
  std::thread thread_;
};

LinkEmulator::LinkEmulator(const LinkProfile& profile, const EmulatorOptions& options)
    : running_(std::make_unique<Running>(profile, options)) {}

LinkEmulator::~LinkEmulator() = default;

uint16_t LinkEmulator::port() const { return running_->port(); }

EmulatorCounters LinkEmulator::Counters() const { return running_->Counters(); }

void LinkEmulator::Cut() { running_->Cut(); }

}  // namespace slim
