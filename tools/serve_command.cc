// slimsplit serve: the tail of a split model, for many devices at once.
#include <stdio.h>
#include <time.h>

#include <memory>

#include "core/file_host.h"
#include "split/link/tail_handler_host.h"
#include "tools/command.h"
#include "tools/link_options.h"
#include "tools/metrics_text.h"
#include "tools/print_json.h"

namespace slim {
namespace {

constexpr int kMostMeasuredBatch = 8;

struct ServeOptions {
  std::string tail, listen = "127.0.0.1:7700";
  KeyOptions key;
  std::string metrics;
  int workers = 1;
  int batch = 1;  // 0: what is fastest
  bool print_config = false;
  ServerLimits limits;
};

void PrintConfig(const ServeOptions& options, const ServerOptions& server, const ModelFile& tail) {
  const ServerLimits& limits = server.limits;
  PrintJsonLine({{"listen", options.listen},
                 {"encrypted", server.key != nullptr},
                 {"model", DigestText(tail)},
                 {"modes", server.rows},
                 {"workers", options.workers},
                 {"batch", options.batch},
                 {"payload_bytes", limits.payload_bytes},
                 {"frames_in_flight", limits.frames_in_flight},
                 {"connections", limits.connections},
                 {"handshakes", limits.handshakes},
                 {"handshake_ms", limits.handshake_ms},
                 {"frame_ms", limits.frame_ms},
                 {"bytes_per_second", limits.bytes_per_second},
                 {"idle_ms", limits.idle_ms},
                 {"write_ms", limits.write_ms}});
}

void Report(const ServerCounters& now, bool json) {
  if (!json) {
    fprintf(stderr, "connections %lld, frames answered %lld, refused %lld, payload bytes %lld\n",
            static_cast<long long>(now.connections), static_cast<long long>(now.frames_answered),
            static_cast<long long>(now.frames_refused), static_cast<long long>(now.payload_bytes));
    return;
  }
  nlohmann::ordered_json closed;
  for (int rule = 0; rule < kLinkRules; ++rule) {
    closed[NameOf(static_cast<LinkRule>(rule))] = now.closed[rule];
  }
  PrintJsonLine({{"connections", now.connections},
                 {"accepted_total", now.accepted},
                 {"frames_answered_total", now.frames_answered},
                 {"frames_refused_total", now.frames_refused},
                 {"frames_together_total", now.frames_together},
                 {"payload_bytes_total", now.payload_bytes},
                 {"pings_total", now.pings},
                 {"closed_total", closed}});
}

void WriteMetrics(const std::string& path, const ServerCounters& now, const ModelFile& tail) {
  if (path.empty()) return;
  const std::string text = MetricsText(now, tail);
  WriteFileAtomically(path, {{text.data(), text.size()}});
}

void Run(const ServeOptions& options, const GlobalOptions& global) {
  const MappedModelFile tail(options.tail);
  const std::optional<LinkKey> key = options.key.Read();
  ServerOptions server = TailHandler::OptionsFor(tail.file());
  const int64_t payload_bytes = server.limits.payload_bytes;
  server.limits = options.limits;
  server.limits.payload_bytes = payload_bytes;
  ParseAddress("--listen", options.listen, &server.address, &server.port);
  server.key = key ? &*key : nullptr;
  if (options.print_config) return PrintConfig(options, server, tail.file());
  const int batch = options.batch > 0
                        ? options.batch
                        : TailHandler::FastestTogether(tail.file(), kMostMeasuredBatch);
  std::vector<std::unique_ptr<FrameHandler>> handlers;
  for (int i = 0; i < options.workers; ++i) {
    handlers.push_back(std::make_unique<TailHandler>(tail.file(), batch));
  }
  const sigset_t ends = BlockEndSignals();
  const LinkServer link(server, std::move(handlers));
  if (global.json) {
    PrintJsonLine({{"address", server.address}, {"port", link.port()}});
  } else {
    printf("%s:%d\n", server.address.c_str(), link.port());
  }
  fflush(stdout);
  const timespec second = {1, 0};
  int64_t said = -1;
  WriteMetrics(options.metrics, link.Counters(), tail.file());
  while (sigtimedwait(&ends, nullptr, &second) < 0) {
    const ServerCounters now = link.Counters();
    WriteMetrics(options.metrics, now, tail.file());
    if (!global.quiet && now.frames_answered != said) Report(now, global.json);
    said = now.frames_answered;
    fflush(stdout);
  }
  const ServerCounters last = link.Counters();
  WriteMetrics(options.metrics, last, tail.file());
  Report(last, global.json);
}

}  // namespace

void AddServeCommand(CLI::App& app, const GlobalOptions& global, std::function<void()>* run) {
  const auto options = std::make_shared<ServeOptions>();
  CLI::App* command = app.add_subcommand(
      "serve",
      "Answer devices by the tail of a split model, until interrupted. Prints where it "
      "listens.");
  ServerLimits& limits = options->limits;
  command->add_option("tail", options->tail, "tail.slim of slimsplit export")->required();
  command->add_option("--listen", options->listen, "ADDRESS:PORT; port 0: any");
  options->key.AddTo(command);
  command->add_option("--workers", options->workers, "frames computed at once")
      ->check(CLI::Range(1, 64));
  command
      ->add_option("--batch", options->batch,
                   "most frames of one mode computed at once, when they wait; 0: as many of 1, 2, "
                   "4 or 8 as take the least time each here, on a machine left alone")
      ->check(CLI::Range(0, 64));
  command->add_option("--frames-in-flight", limits.frames_in_flight, "most of one device");
  command->add_option("--connections", limits.connections, "most devices at once");
  command->add_option("--handshakes", limits.handshakes, "most unfinished ones at once");
  command->add_option("--handshake-ms", limits.handshake_ms, "most time of a handshake");
  command->add_option("--frame-ms", limits.frame_ms, "a frame may be so late at the least rate");
  command->add_option("--bytes-per-second", limits.bytes_per_second, "the least rate of a frame");
  command->add_option("--idle-ms", limits.idle_ms, "most silence");
  command->add_option("--write-ms", limits.write_ms, "most time in which an answer is taken");
  command->add_option("--metrics", options->metrics,
                      "file for the counters as Prometheus text, written anew each second (for "
                      "node-exporter's textfile collector)");
  command->add_flag("--print-config", options->print_config, "print all limits and end");
  command->callback([=, &global] { *run = [=, &global] { Run(*options, global); }; });
}

}  // namespace slim
