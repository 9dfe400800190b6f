#include "split/link/server_host.h"

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <exception>
#include <future>
#include <map>
#include <thread>
#include <utility>

#include "core/error_host.h"
#include "split/link/link_clock_host.h"
#include "split/link/secure_stream_host.h"
#include "split/link/server_connection_host.h"

namespace slim {
namespace {

using asio::ip::tcp;

constexpr std::chrono::milliseconds kTick(50);
constexpr int64_t kMostPayload = int64_t{64} << 20;

void Demand(bool holds, const char* rule) {
  if (!holds) throw UsageError(std::string("server: ") + rule);
}

void JudgeOptions(const ServerOptions& options, size_t handlers) {
  const ServerLimits& limits = options.limits;
  Demand(handlers >= 1, "needs a handler");
  Demand(options.rows >= 1 && options.rows <= 256, "rows must be from 1 to 256");
  Demand(limits.payload_bytes >= 1 && limits.payload_bytes <= kMostPayload,
         "payload bytes must be from 1 to 64 MiB");
  Demand(limits.frames_in_flight >= 1 && limits.frames_in_flight <= 64,
         "frames in flight must be from 1 to 64");
  Demand(limits.connections >= 1 && limits.connections <= 65536,
         "connections must be from 1 to 65536");
  Demand(limits.handshakes >= 1 && limits.handshakes <= 65536,
         "handshakes must be from 1 to 65536");
  for (const int64_t ms : {limits.handshake_ms, limits.frame_ms, limits.idle_ms, limits.write_ms}) {
    Demand(ms >= 1 && ms <= 3600000, "times must be from 1 ms to an hour");
  }
  Demand(limits.bytes_per_second >= 1, "bytes per second must be at least 1");
}

void TryHandle(FrameHandler& handler, int row, FrameTask* task) {
  task->body.clear();
  try {
    task->status = handler.Handle(row, task->payload, task->payload_bytes, &task->body);
  } catch (const std::exception&) {
    task->status = Invalid("the server failed at this frame");
  }
}

bool TryTogether(FrameHandler& handler, int row, std::vector<FrameTask>* tasks) {
  if (tasks->size() < 2) return false;
  try {
    handler.HandleTogether(row, tasks->data(), static_cast<int>(tasks->size()));
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

// All jobs are of one row. `together`: they were not handled one by one.
std::vector<FrameTask> HandleAll(FrameHandler& handler, const std::vector<FrameJob>& jobs,
                                 bool* together) {
  std::vector<FrameTask> tasks;
  for (const FrameJob& job : jobs) {
    tasks.push_back({job.payload.data(), static_cast<int64_t>(job.payload.size()), {}, {}});
  }
  const int row = jobs[0].header.compute_row;
  *together = TryTogether(handler, row, &tasks);
  if (*together) return tasks;
  for (FrameTask& task : tasks) TryHandle(handler, row, &task);
  return tasks;
}

}  // namespace

void FrameHandler::HandleTogether(int row, FrameTask* tasks, int count) {
  for (int i = 0; i < count; ++i) TryHandle(*this, row, &tasks[i]);
}

class LinkServer::Running {
 public:
  Running(const ServerOptions& options, std::vector<std::unique_ptr<FrameHandler>> handlers)
      : security_(LinkEnd::kTail, options.key),
        handlers_(std::move(handlers)),
        acceptor_(context_),
        timer_(context_) {
    state_.options = options;
    state_.options.key = nullptr;
    wire_limits_.model_digest = options.model_digest;
    wire_limits_.payload_bytes = static_cast<uint32_t>(options.limits.payload_bytes);
    wire_limits_.compute_rows = options.rows;
    Listen();
    Accept();
    Tick();
    for (const auto& handler : handlers_) {
      threads_.emplace_back([this, worker = handler.get()] { Work(*worker); });
    }
    threads_.emplace_back([this] { context_.run(); });
  }

  ~Running() {
    context_.stop();
    state_.jobs.Close();
    for (std::thread& thread : threads_) thread.join();
    for (auto& [id, connection] : connections_) connection->Close();
    connections_.clear();  // before the context that their sockets belong to
  }

  uint16_t port() const { return port_; }

  ServerCounters Counters() {
    std::promise<ServerCounters> counters;
    asio::post(context_, [&] { counters.set_value(state_.counters); });
    return counters.get_future().get();
  }

 private:
  void Listen() {
    const ServerOptions& options = state_.options;
    asio::error_code error;
    const auto address = asio::ip::make_address(options.address, error);
    if (error) {
      throw UsageError("server: \"" + options.address +
                       "\" is no address; give one of this machine, e.g. 127.0.0.1 or 0.0.0.0");
    }
    const tcp::endpoint endpoint(address, options.port);
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(tcp::acceptor::max_listen_connections, error);
    if (error) {
      throw NetworkError("server: cannot listen at " + options.address + " port " +
                         std::to_string(options.port) + ": " + error.message() +
                         "; choose another port, or end what uses it");
    }
    port_ = acceptor_.local_endpoint().port();
  }

  void Accept() {
    acceptor_.async_accept([this](const asio::error_code& error, tcp::socket socket) {
      if (error) {
        wants_accept_ = true;  // descriptors are short: again at the next tick
        return;
      }
      if (HasRoom()) {
        const uint64_t id = ++last_id_;
        const auto stream =
            std::make_shared<FrameStream>(security_.Wrap(std::move(socket)), wire_limits_);
        connections_[id] = std::make_shared<ServerConnection>(id, stream, &state_);
        connections_[id]->Start();
      } else {
        ++state_.counters.closed[static_cast<int>(LinkRule::kConnections)];
      }
      Accept();
    });
  }

  // The oldest unfinished handshake gives way: an honest one is done within milliseconds. Beside
  // handshakes and connections there are those that are just being refused.
  bool HasRoom() {
    const ServerLimits& limits = state_.options.limits;
    int unfinished = 0;
    auto oldest = connections_.end();
    for (auto each = connections_.begin(); each != connections_.end(); ++each) {
      if (each->second->is_open() || each->second->is_closed()) continue;
      if (unfinished++ == 0) oldest = each;
    }
    if (unfinished >= limits.handshakes) {
      oldest->second->CloseFor(LinkRule::kHandshake);
      connections_.erase(oldest);
    }
    return static_cast<int>(connections_.size()) < limits.connections + 2 * limits.handshakes;
  }

  void Tick() {
    const int64_t now_us = NowUs();
    for (auto each = connections_.begin(); each != connections_.end();) {
      each->second->Judge(now_us);
      each = each->second->is_closed() ? connections_.erase(each) : std::next(each);
    }
    if (wants_accept_) {
      wants_accept_ = false;
      Accept();
    }
    timer_.expires_after(kTick);
    timer_.async_wait([this](const asio::error_code& error) {
      if (!error) Tick();
    });
  }

  void Work(FrameHandler& handler) {
    FrameJob first;
    while (state_.jobs.Take(&first)) {
      const int row = first.header.compute_row;
      std::vector<FrameJob> jobs;
      jobs.push_back(std::move(first));
      state_.jobs.TakeAlso(
          static_cast<size_t>(handler.most_together()),
          [row](const FrameJob& job) { return job.header.compute_row == row; }, &jobs);
      bool together = false;
      std::vector<FrameTask> tasks = HandleAll(handler, jobs, &together);
      asio::post(context_, [this, together, jobs = std::move(jobs), tasks = std::move(tasks)] {
        if (together) state_.counters.frames_together += static_cast<int64_t>(jobs.size());
        for (size_t i = 0; i < jobs.size(); ++i) {
          const auto connection = jobs[i].connection.lock();
          if (connection != nullptr && !connection->is_closed()) {
            connection->Answer(jobs[i], tasks[i].status, tasks[i].body);
          }
        }
      });
    }
  }

  const LinkSecurity security_;
  const std::vector<std::unique_ptr<FrameHandler>> handlers_;
  ServerState state_;
  WireLimits wire_limits_;
  uint16_t port_ = 0;
  uint64_t last_id_ = 0;
  bool wants_accept_ = false;
  asio::io_context context_{1};
  std::map<uint64_t, std::shared_ptr<ServerConnection>> connections_;  // by age
  tcp::acceptor acceptor_;
  asio::steady_timer timer_;
  std::vector<std::thread> threads_;
};

LinkServer::LinkServer(const ServerOptions& options,
                       std::vector<std::unique_ptr<FrameHandler>> handlers) {
  JudgeOptions(options, handlers.size());
  running_ = std::make_unique<Running>(options, std::move(handlers));
}

LinkServer::~LinkServer() = default;

uint16_t LinkServer::port() const { return running_->port(); }

ServerCounters LinkServer::Counters() const { return running_->Counters(); }

}  // namespace slim
