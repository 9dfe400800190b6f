// slimsplit emulate-link: a slow, unsteady, broken link between a device and a server.
#include <stdio.h>
#include <time.h>

#include <memory>

#include "split/link/link_emulator_host.h"
#include "tools/command.h"
#include "tools/link_options.h"
#include "tools/print_json.h"
#include "tools/text_table.h"

namespace slim {
namespace {

struct EmulateOptions {
  std::string listen = "127.0.0.1:0", connect, profile = "wifi", trace;
  double seconds = 60, rate = 1;
  EmulatorOptions emulator;
};

LinkProfile ProfileOf(const EmulateOptions& options, uint64_t seed) {
  const LinkProfile profile = options.trace.empty()
                                  ? LinkProfile::Named(options.profile, seed, options.seconds)
                                  : LinkProfile::Read(options.trace);
  return options.rate == 1 ? profile : profile.WithRatesTimes(options.rate);
}

void Report(const EmulatorCounters& now, const GlobalOptions& global) {
  if (global.json) {
    PrintJsonLine({{"connections", now.connections},
                   {"open", now.open},
                   {"bytes_to_tail", now.bytes_to_tail},
                   {"bytes_to_head", now.bytes_to_head},
                   {"cuts", now.cuts},
                   {"flips", now.flips}});
  } else if (!global.quiet) {
    fprintf(stderr, "connections %lld (%lld open), bytes %lld to the tail, %lld to the head\n",
            static_cast<long long>(now.connections), static_cast<long long>(now.open),
            static_cast<long long>(now.bytes_to_tail), static_cast<long long>(now.bytes_to_head));
  }
}

void Run(EmulateOptions options, const GlobalOptions& global) {
  EmulatorOptions& emulator = options.emulator;
  ParseAddress("--listen", options.listen, &emulator.listen_address, &emulator.listen_port);
  ParseAddress("--connect", options.connect, &emulator.connect_address, &emulator.connect_port);
  emulator.seed = global.seed;
  const sigset_t ends = BlockEndSignals();
  LinkEmulator link(ProfileOf(options, global.seed), emulator);
  if (global.json) {
    PrintJsonLine({{"address", emulator.listen_address}, {"port", link.port()}});
  } else {
    printf("%s:%d\n", emulator.listen_address.c_str(), link.port());
  }
  fflush(stdout);
  const timespec second = {1, 0};
  int64_t said = 0;
  while (sigtimedwait(&ends, nullptr, &second) < 0) {
    const EmulatorCounters now = link.Counters();
    if (now.bytes_to_tail + now.bytes_to_head != said) Report(now, global);
    said = now.bytes_to_tail + now.bytes_to_head;
    fflush(stdout);
  }
  Report(link.Counters(), global);
}

}  // namespace

void AddEmulateLinkCommand(CLI::App& app, const GlobalOptions& global, std::function<void()>* run) {
  const auto options = std::make_shared<EmulateOptions>();
  CLI::App* command = app.add_subcommand(
      "emulate-link",
      "Stand between a device and a server as a link of some rate, delay and reliability, until "
      "interrupted. Prints where it listens.");
  command->add_option("--listen", options->listen, "ADDRESS:PORT for devices; port 0: any");
  command->add_option("--connect", options->connect, "ADDRESS:PORT of the server")->required();
  CLI::Option* profile = command->add_option("--profile", options->profile,
                                             Joined(LinkProfile::Names()) + "; drawn by --seed");
  command
      ->add_option("--trace", options->trace,
                   "file with the line time_s,rate_bytes_per_s,delay_s,jitter_s,loss and samples")
      ->excludes(profile);
  command->add_option("--seconds", options->seconds, "length of the profile; its end then lasts");
  command->add_option("--rate", options->rate, "times the rates of the profile");
  command->add_option("--flips", options->emulator.flips_per_mib, "bits flipped per MiB");
  command->add_option("--cuts", options->emulator.cuts_per_mib, "connections broken per MiB");
  command->callback([=, &global] { *run = [=, &global] { Run(*options, global); }; });
}

}  // namespace slim
