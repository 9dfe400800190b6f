// soak: many frames over a link that flips bits, breaks and loses, with answers that prove which
// frame they belong to; head, link and tail are processes of their own.
//
//   soak [--frames 100000] [--insecure] [--flips 8] [--cuts 4] [--loss 0.0002] [--seed 1]
//
// The tail answers with the row and the CRC-32 of the payload that it was given, and the head
// remembers both of every frame that it sends. Prints a JSON line: what became of the frames, what
// the link did, who noticed, and the resident memory of the three processes after the first
// twentieth of the frames and at the end. Ends with exit code 5 where an answer was not that of its
// frame, a frame had not exactly one outcome, or a process grew by more than 2 MiB.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "core/crc32.h"
#include "core/error_host.h"
#include "core/random.h"
#include "split/codec/little_endian.h"
#include "split/link/client_host.h"
#include "split/link/link_clock_host.h"
#include "split/link/link_emulator_host.h"
#include "split/link/server_host.h"
#include "tools/child_process.h"
#include "tools/link_options.h"
#include "tools/print_json.h"

namespace slim {
namespace {

constexpr uint64_t kModel = 0x50a4;  // the digest that both ends agree on
constexpr int kRows = 16;
constexpr int kMostPayload = 1024;
constexpr int64_t kPatienceUs = 2000000;
constexpr int64_t kMostGrowth = int64_t{2} << 20;

struct SoakOptions {
  std::string role, key, connect;
  bool insecure = false;
  int64_t frames = 100000;
  double flips = 8, cuts = 4, loss = 0.0002;
  uint64_t seed = 1;
};

// Row and CRC-32 of the payload.
std::vector<uint8_t> ProofOf(int row, const uint8_t* payload, int64_t bytes) {
  std::vector<uint8_t> proof(8);
  StoreLe32(proof.data(), static_cast<uint32_t>(row));
  StoreLe32(proof.data() + 4, Crc32(payload, bytes));
  return proof;
}

class ProofHandler : public FrameHandler {
 public:
  Status Handle(int row, const uint8_t* payload, int64_t payload_bytes,
                std::vector<uint8_t>* body) override {
    *body = ProofOf(row, payload, payload_bytes);
    return OkStatus();
  }
};

// Says where it listens and who it is, and at the end what it has counted.
template <class Listening, class Count>
void ListenUntilEnd(const Listening& listener, const Count& count) {
  printf("%d %d\n", listener.port(), getpid());
  fflush(stdout);
  const sigset_t ends = BlockEndSignals();
  sigwaitinfo(&ends, nullptr);
  PrintJsonLine(count(listener.Counters()));
}

// What it has said.
struct Listener {
  explicit Listener(const std::string& line) {
    std::istringstream(line) >> port >> process;
    if (port == 0 || process == 0) throw Failure("a process says \"" + line + "\"");
  }
  uint16_t port = 0;
  pid_t process = 0;
};

void RunTail(const SoakOptions& options) {
  BlockEndSignals();
  const LinkKey key = LinkKey::Read(options.key);
  ServerOptions server;
  server.key = options.insecure ? nullptr : &key;
  server.model_digest = kModel;
  server.rows = kRows;
  server.limits.payload_bytes = kMostPayload;
  std::vector<std::unique_ptr<FrameHandler>> handlers;
  handlers.push_back(std::make_unique<ProofHandler>());
  const LinkServer tail(server, std::move(handlers));
  ListenUntilEnd(tail, [](const ServerCounters& now) {
    nlohmann::ordered_json line = {{"answered", now.frames_answered}, {"accepted", now.accepted}};
    for (int rule = 0; rule < kLinkRules; ++rule) {
      if (now.closed[rule] > 0)
        line["closed"][NameOf(static_cast<LinkRule>(rule))] = now.closed[rule];
    }
    return line;
  });
}

void RunLink(const SoakOptions& options) {
  BlockEndSignals();
  EmulatorOptions emulator;
  ParseAddress("--connect", options.connect, &emulator.connect_address, &emulator.connect_port);
  emulator.seed = options.seed;
  emulator.flips_per_mib = options.flips;
  emulator.cuts_per_mib = options.cuts;
  const LinkProfile profile("soak", {{0, 100e6, 0, 0, options.loss}});
  const LinkEmulator link(profile, emulator);
  ListenUntilEnd(link, [](const EmulatorCounters& now) {
    return nlohmann::ordered_json{{"connections", now.connections},
                                  {"flips", now.flips},
                                  {"cuts", now.cuts},
                                  {"bytes_to_tail", now.bytes_to_tail},
                                  {"bytes_to_head", now.bytes_to_head}};
  });
}

// Resident bytes.
int64_t MemoryOf(pid_t process) {
  int64_t all = 0, resident = 0;
  std::ifstream("/proc/" + std::to_string(process) + "/statm") >> all >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

// What the head expects, and what it hears.
class Ledger {
 public:
  void Sent(uint64_t id, std::vector<uint8_t> proof) {
    open_[id] = {std::move(proof), false};
    ++waiting_;
    // What has expired may still be answered; not after so many more.
    while (open_.begin()->first + 1000 < id && open_.begin()->second.ended)
      open_.erase(open_.begin());
  }

  void Heard(const FrameOutcome& outcome) {
    using Kind = FrameOutcome::Kind;
    ++outcomes_[static_cast<size_t>(outcome.kind)];
    const auto frame = open_.find(outcome.frame_id);
    const bool late = outcome.kind == Kind::kLate;
    if (frame == open_.end() || frame->second.ended != late) {
      ++strays_;
      return;
    }
    const bool answered = late || outcome.kind == Kind::kAnswered;
    if (answered && outcome.answer != frame->second.proof) ++wrong_;
    if (!late) {
      frame->second.ended = true;
      --waiting_;
    }
    if (outcome.kind != Kind::kExpired) open_.erase(frame);
  }

  int waiting() const { return waiting_; }
  bool good() const { return wrong_ == 0 && strays_ == 0 && waiting_ == 0; }

  void AddTo(nlohmann::ordered_json* line) const {
    static constexpr const char* kNames[] = {"answered", "refused", "replaced",
                                             "expired",  "lost",    "late"};
    for (size_t kind = 0; kind < outcomes_.size(); ++kind) (*line)[kNames[kind]] = outcomes_[kind];
    (*line)["answers_of_other_frames"] = wrong_;
    (*line)["outcomes_of_no_frame"] = strays_;
    (*line)["frames_without_outcome"] = waiting_;
  }

 private:
  struct Frame {
    std::vector<uint8_t> proof;
    bool ended;
  };
  std::map<uint64_t, Frame> open_;
  std::array<int64_t, 6> outcomes_ = {};
  int64_t wrong_ = 0, strays_ = 0;
  int waiting_ = 0;
};

// Two frames on their way at a time, none while the link is down.
void SendFrames(int64_t frames, uint64_t seed, LinkClient* client, Ledger* ledger) {
  FrameOutcome outcome;
  for (int64_t i = 0; i < frames; ++i) {
    while (!client->State().up) usleep(1000);
    while (ledger->waiting() >= 2 && client->Next(NowUs() + 2 * kPatienceUs, &outcome)) {
      ledger->Heard(outcome);
    }
    Random random = Random::Derive(seed, static_cast<uint64_t>(i));
    std::vector<uint8_t> payload(1 + random.Below(kMostPayload));
    for (uint8_t& byte : payload) byte = static_cast<uint8_t>(random.NextBits());
    const int row = static_cast<int>(random.Below(kRows));
    const auto bytes = static_cast<int64_t>(payload.size());
    ledger->Sent(client->Send(row, payload.data(), bytes, NowUs() + kPatienceUs),
                 ProofOf(row, payload.data(), bytes));
    while (client->Next(0, &outcome)) ledger->Heard(outcome);
  }
  while (ledger->waiting() > 0 && client->Next(NowUs() + 2 * kPatienceUs, &outcome)) {
    ledger->Heard(outcome);
  }
}

nlohmann::ordered_json LastLine(const std::string& path) {
  std::ifstream file(path);
  std::string last;
  for (std::string line; std::getline(file, line);) last = line;
  return nlohmann::ordered_json::parse(last, nullptr, /*allow_exceptions=*/false);
}

// A folder that is gone with this.
struct Folder {
  Folder() : path(std::filesystem::temp_directory_path() / "soakXXXXXX") {
    if (mkdtemp(path.data()) == nullptr) throw Failure(path + ": cannot be made");
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string path;
};

bool RunHead(const SoakOptions& options) {
  const Folder folder;
  const std::string key_path = folder.path + "/key";
  const LinkKey key = LinkKey::Random();
  key.Write(key_path);
  std::vector<std::string> tail_arguments = {"tail", "--key", key_path};
  if (options.insecure) tail_arguments.push_back("--insecure");
  auto tail = std::make_unique<ChildProcess>(tail_arguments, folder.path + "/tail");
  const Listener at_tail(tail->FirstLine());
  auto link = std::make_unique<ChildProcess>(
      std::vector<std::string>{"link", "--connect", "127.0.0.1:" + std::to_string(at_tail.port),
                               "--flips", std::to_string(options.flips), "--cuts",
                               std::to_string(options.cuts), "--loss", std::to_string(options.loss),
                               "--seed", std::to_string(options.seed)},
      folder.path + "/link");
  const Listener at_link(link->FirstLine());
  ClientOptions head;
  head.port = at_link.port;
  head.key = options.insecure ? nullptr : &key;
  head.model_digest = kModel;
  head.rows = kRows;
  head.window = 2;
  LinkClient client(head);
  Ledger ledger;
  const auto memory = [&] {
    return std::array<int64_t, 3>{MemoryOf(getpid()), MemoryOf(at_link.process),
                                  MemoryOf(at_tail.process)};
  };
  const int64_t begin_us = NowUs();
  SendFrames(options.frames / 20, options.seed + 1, &client, &ledger);
  const std::array<int64_t, 3> first = memory();
  SendFrames(options.frames - options.frames / 20, options.seed + 2, &client, &ledger);
  const std::array<int64_t, 3> last = memory();
  nlohmann::ordered_json line = {{"frames", options.frames},
                                 {"protection", options.insecure ? "none" : "TLS 1.3"},
                                 {"seconds", static_cast<double>(NowUs() - begin_us) * 1e-6}};
  ledger.AddTo(&line);
  line["times_up"] = client.State().times_up;
  tail->MustRun();
  link->MustRun();
  link.reset();
  tail.reset();
  line["link"] = LastLine(folder.path + "/link");
  line["tail"] = LastLine(folder.path + "/tail");
  bool flat = true;
  for (const auto& [name, at] :
       {std::pair<const char*, size_t>{"head", 0}, {"link", 1}, {"tail", 2}}) {
    line["memory_kib"][name] = {first[at] / 1024, last[at] / 1024};
    flat = flat && last[at] - first[at] <= kMostGrowth;
  }
  PrintJsonLine(line);
  return ledger.good() && flat;
}

int Main(int argc, char** argv) {
  CLI::App app("Sends many frames over a bad link and checks every answer.");
  SoakOptions options;
  app.add_option("role", options.role)->group("");  // of the processes that this one starts
  app.add_option("--frames", options.frames)->check(CLI::Range(20, 1 << 30));
  app.add_flag("--insecure", options.insecure, "without TLS: only a frame's CRC-32 finds damage");
  app.add_option("--flips", options.flips, "bits flipped per MiB, each way");
  app.add_option("--cuts", options.cuts, "connections broken per MiB, each way");
  app.add_option("--loss", options.loss, "part of the messages that come 0.2 s later");
  app.add_option("--seed", options.seed);
  app.add_option("--key", options.key)->group("");
  app.add_option("--connect", options.connect)->group("");
  CLI11_PARSE(app, argc, argv);
  if (options.role == "tail") {
    RunTail(options);
  } else if (options.role == "link") {
    RunLink(options);
  } else if (!RunHead(options)) {
    return static_cast<int>(ErrorKind::kVerification);
  }
  return 0;
}

}  // namespace
}  // namespace slim

int main(int argc, char** argv) {
  try {
    return slim::Main(argc, argv);
  } catch (const slim::Error& error) {
    fprintf(stderr, "soak: %s\n", error.what());
    return error.exit_code();
  }
}
