// serve and device: two programs and a link between them, or none.
#include <algorithm>

#include "tests/tools/cli_link_support.h"

namespace slim {
namespace {

using Arguments = std::vector<std::string>;
using Lines = std::vector<nlohmann::json>;

// Standard input is this file while it lives.
class Input {
 public:
  explicit Input(const std::string& path) : before_(dup(STDIN_FILENO)) {
    const int file = open(path.c_str(), O_RDONLY);
    EXPECT_GE(file, 0);
    dup2(file, STDIN_FILENO);
    close(file);
  }
  ~Input() {
    dup2(before_, STDIN_FILENO);
    close(before_);
  }

 private:
  const int before_;
};

class CliDevice : public testing::Test {
 protected:
  void SetUp() override { folder_ = CliFolder(); }

  Arguments Device(const TinySplit& split, const std::string& address, const Arguments& more,
                   const std::string& deadline_ms = "60000") const {
    Arguments all = {"--quiet",   "--json", "device",  split.head(), "--data",        split.data,
                     "--connect", address,  "--trace", Trace(),      "--deadline-ms", deadline_ms};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  std::string Trace() const { return folder_ + "/trace.jsonl"; }
  Lines Frames() const { return JsonLinesOf(ReadText(Trace())); }

  std::string folder_;
};

int CountOf(const Lines& lines, const std::string& key, const nlohmann::json& value) {
  return static_cast<int>(std::count_if(lines.begin(), lines.end(), [&](const auto& line) {
    return line.contains(key) && line[key] == value;
  }));
}

TEST_F(CliDevice, TheServerAnswersOverAnEncryptedLink) {
  const TinySplit split(folder_);
  split.Export();
  const std::string key = folder_ + "/link.key";
  ASSERT_EQ(Cli({"make-key", key}).exit_code, 0);
  const std::string metrics = folder_ + "/slimsplit.prom";
  ListeningCli server(
      {"serve", split.tail(), "--key", key, "--listen", "127.0.0.1:0", "--metrics", metrics},
      folder_ + "/serve.out");
  const CliResult result =
      Cli(Device(split, server.address(), {"--key", key, "--frames", "100", "--mode", "0.5"}));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  server.End();
  const std::string text = ReadText(metrics);
  EXPECT_NE(text.find("slimsplit_mode_frames_total{mode=\"0.5\"} 100\n"), std::string::npos)
      << text;
  const nlohmann::json sum = JsonLinesOf(result.out).at(0);
  EXPECT_EQ(sum["frames"], 100);
  EXPECT_EQ(sum["in_time"], 100);
  EXPECT_EQ(sum["local"], 0);
  const Lines frames = Frames();
  ASSERT_EQ(frames.size(), 100u);
  EXPECT_EQ(CountOf(frames, "source", "server"), 100);
  EXPECT_EQ(CountOf(frames, "mode", "0.5"), 100);
  EXPECT_EQ(CountOf(frames, "correct", true), sum["correct"]);
  for (const char* field : {"time_s", "deadline_ms", "link_bytes_per_s", "head_ms", "encode_ms",
                            "exit_ms", "transfer_ms", "server_ms", "total_ms", "score"}) {
    EXPECT_TRUE(frames[0][field].is_number()) << field;
  }
  EXPECT_EQ(frames[7]["class_name"].get<std::string>(),
            std::to_string(frames[7]["class"].get<int>()));
  // As right as the two halves in one process.
  const Lines modes = JsonLinesOf(
      Cli({"--quiet", "--json", "eval", "--split", split.halves, "--data", split.data}).out);
  const int first64 = static_cast<int>(std::count_if(frames.begin(), frames.begin() + 64,
                                                     [](const auto& f) { return f["correct"]; }));
  EXPECT_NEAR(first64 / 64.0, modes[0]["accuracy"].get<double>(), 1.01 / 64);
}

TEST_F(CliDevice, PrintConfigShowsEveryLimit) {
  const TinySplit split(folder_);
  ASSERT_EQ(split.Export(split.halves, {}).exit_code, 0);
  Arguments serve = {"--json", "serve", split.tail(), "--insecure", "--print-config"};
  const nlohmann::json usual = JsonLinesOf(Cli(serve).out).at(0);
  int value = 2;
  for (const char* option :
       {"workers", "batch", "frames-in-flight", "connections", "handshakes", "handshake-ms",
        "frame-ms", "bytes-per-second", "idle-ms", "write-ms"}) {
    std::string field = option;
    std::replace(field.begin(), field.end(), '-', '_');
    ASSERT_TRUE(usual.contains(field)) << field;
    EXPECT_NE(usual[field], value) << field;
    serve.push_back(std::string("--") + option);
    serve.push_back(std::to_string(value));
    const nlohmann::json asked = JsonLinesOf(Cli(serve).out).at(0);
    EXPECT_EQ(asked[field], value) << field;
    ++value;
  }
  EXPECT_EQ(usual["encrypted"], false);
  EXPECT_GT(usual["payload_bytes"], 0);
  Arguments device = Device(split, "127.0.0.1:9", {"--insecure", "--print-config"}, "40");
  const nlohmann::json head = JsonLinesOf(Cli(device).out).at(0);
  EXPECT_EQ(head["model"], usual["model"]);  // the halves belong together
  EXPECT_EQ(head["local_exit"], false);
  for (const char* field : {"window", "risk", "patience", "silence_us", "retry_every_us"}) {
    EXPECT_TRUE(head[field].is_number()) << field;
  }
  EXPECT_EQ(head["start_rate_bytes_per_s"], 100000);
  device.insert(device.end(), {"--link-rate", "1500"});
  EXPECT_EQ(JsonLinesOf(Cli(device).out).at(0)["start_rate_bytes_per_s"], 1500);
}

TEST_F(CliDevice, FramesOfOneModeAreComputedTogether) {
  const TinySplit split(folder_);
  ASSERT_EQ(split.Export(split.halves, {}).exit_code, 0);
  for (const char* batch : {"4", "0"}) {
    ListeningCli server(
        {"serve", split.tail(), "--insecure", "--batch", batch, "--listen", "127.0.0.1:0"},
        folder_ + "/serve.out");
    const CliResult result =
        Cli(Device(split, server.address(), {"--insecure", "--frames", "20", "--mode", "0.5"}));
    ASSERT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(CountOf(Frames(), "source", "server"), 20);
    server.End();
  }
}

TEST_F(CliDevice, AloneWithoutAServerOrNotAtAll) {
  const TinySplit split(folder_);
  split.Export();
  const std::string nobody = "127.0.0.1:9";
  const CliResult alone = Cli(Device(split, nobody, {"--insecure"}));
  ASSERT_EQ(alone.exit_code, 0) << alone.err;
  EXPECT_NE(alone.err.find("answers alone"), std::string::npos) << alone.err;
  const nlohmann::json sum = JsonLinesOf(alone.out).at(0);
  EXPECT_EQ(sum["frames"], 64);
  EXPECT_EQ(sum["local"], 64);
  EXPECT_EQ(CountOf(Frames(), "source", "local"), 64);
  // Right as often as the exit was when it was exported.
  const Lines lines = JsonLinesOf(split.Export(split.halves, {"--exit", split.exit}).out);
  const double best =
      std::max(lines[2]["accuracy"].get<double>(), lines[3]["accuracy"].get<double>());
  EXPECT_NEAR(sum["correct"].get<int>() / 64.0, best, 2.01 / 64);

  ASSERT_EQ(split.Export(split.halves, {}).exit_code, 0);
  ExpectRefusal(Cli(Device(split, nobody, {"--insecure"})), 4, {nobody, "slimsplit serve"});
}

TEST_F(CliDevice, NetworkFailuresHaveACodeOfTheirOwn) {
  const TinySplit split(folder_);
  ASSERT_EQ(split.Export(split.halves, {}).exit_code, 0);
  const std::string key = folder_ + "/link.key", wrong = folder_ + "/wrong.key";
  ASSERT_EQ(Cli({"make-key", key}).exit_code, 0);
  ASSERT_EQ(Cli({"make-key", wrong}).exit_code, 0);
  ListeningCli server({"serve", split.tail(), "--key", key, "--listen", "127.0.0.1:0"},
                      folder_ + "/serve.out");
  ExpectRefusal(Cli({"serve", split.tail(), "--key", key, "--listen", server.address()}), 4,
                {"cannot listen"});
  ExpectRefusal(Cli({"emulate-link", "--connect", "127.0.0.1:9", "--listen", server.address()}), 4,
                {"cannot listen"});
  ExpectRefusal(Cli(Device(split, server.address(), {"--key", wrong})), 4, {server.address()});
  // The head of another export.
  ASSERT_EQ(split.Export(split.halves, {"--coding", "rans"}).exit_code, 0);
  ExpectRefusal(Cli(Device(split, server.address(), {"--key", key})), 4, {"model"});
}

TEST_F(CliDevice, RawFramesFromStandardInput) {
  const TinySplit split(folder_);
  split.Export();
  const std::string raw = folder_ + "/raw";
  // The images of the data set, without its header.
  const std::string images = ReadText(folder_ + "/images/t10k-images-idx3-ubyte").substr(16);
  WriteText(raw, images.substr(0, 10 * 64));
  Arguments arguments = Device(split, "127.0.0.1:9", {"--insecure"});
  *std::find(arguments.begin(), arguments.end(), split.data) = "-";
  CliResult result;
  {
    const Input input(raw);
    result = Cli(arguments);
  }
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Lines answers = JsonLinesOf(result.out);
  ASSERT_EQ(answers.size(), 11u);  // one each and the sum
  EXPECT_EQ(answers[10]["frames"], 10);
  EXPECT_FALSE(answers[10].contains("correct"));
  // What the same images of the data set are taken for.
  ASSERT_EQ(Cli(Device(split, "127.0.0.1:9", {"--insecure", "--frames", "10"})).exit_code, 0);
  const Lines frames = Frames();
  for (size_t i = 0; i < 10; ++i) {
    EXPECT_EQ(answers[i]["class"], frames[i]["class"]);
    EXPECT_EQ(answers[i]["source"], "local");
    EXPECT_FALSE(answers[i].contains("label"));
  }
  WriteText(raw, images.substr(0, 100));
  const Input input(raw);
  result = Cli(arguments);
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_NE(result.err.find("28 bytes before the end of frame 1"), std::string::npos) << result.err;
}

TEST_F(CliDevice, Refusals) {
  const TinySplit split(folder_);
  split.Export();
  const auto refused = [&](const Arguments& more, const Arguments& parts) {
    Arguments all = Device(split, "127.0.0.1:9", {"--insecure"});
    all.insert(all.end(), more.begin(), more.end());
    ExpectRefusal(Cli(all), 2, parts);
  };
  refused({"--mode", "0.7"}, {"\"0.7\"", "0.5"});
  refused({"--mode", "1", "--max-bytes", "100"}, {"--max-bytes"});
  refused({"--max-bytes", "1"}, {"max_bytes"});
  refused({"--energy-per-byte", "3"}, {"--min-accuracy"});
  Arguments all = Device(split, "127.0.0.1:9", {});
  ExpectRefusal(Cli(all), 2, {"make-key"});
  *std::find(all.begin(), all.end(), split.head()) = split.tail();
  all.push_back("--insecure");
  ExpectRefusal(Cli(all), 2, {"is a tail"});
  all = Device(split, "127.0.0.1:9", {"--insecure"});
  *std::find(all.begin(), all.end(), split.data) = "synthetic";
  ExpectRefusal(Cli(all), 2, {"32x32x3", "8x8x1"});
}

// The link is good, then nothing passes for 2 s, then it is good again.
TEST_F(CliDevice, AloneWhileTheLinkIsCutAndBackWithIt) {
  const TinySplit split(folder_);
  split.Export();
  const std::string profile = folder_ + "/cut.csv";
  WriteText(profile,
            "time_s,rate_bytes_per_s,delay_s,jitter_s,loss\n"
            "0,1000000,0.002,0,0\n2,0,0.002,0,0\n4,1000000,0.002,0,0\n");
  const ListeningCli server({"serve", split.tail(), "--insecure", "--listen", "127.0.0.1:0"},
                            folder_ + "/serve.out");
  const ListeningCli link({"emulate-link", "--connect", server.address(), "--trace", profile},
                          folder_ + "/link.out");
  const CliResult result = Cli(Device(
      split, link.address(),
      {"--insecure", "--mode", "1", "--frames", "600", "--interval-ms", "20", "--link", profile},
      "150"));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Lines frames = Frames();
  ASSERT_EQ(frames.size(), 600u);
  for (const nlohmann::json& frame : frames) {
    const bool cut = frame["time_s"] >= 2 && frame["time_s"] < 4;
    EXPECT_EQ(frame["true_link_bytes_per_s"], cut ? 0 : 1000000);
  }
  // The clock of the link began a little later than that of the trace.
  const auto sources = [&](double from_s, double to_s, const std::string& source) {
    return std::count_if(frames.begin(), frames.end(), [&](const nlohmann::json& frame) {
      return frame["time_s"] >= from_s && frame["time_s"] < to_s && frame["source"] == source;
    });
  };
  EXPECT_EQ(sources(0, 100, "none"), 0);      // every frame has an answer
  EXPECT_GT(sources(0, 1.5, "server"), 0);    // good
  EXPECT_EQ(sources(2.2, 3.5, "server"), 0);  // nothing passes
  EXPECT_GT(sources(2.2, 3.5, "local"), 0);
  EXPECT_GT(sources(6.5, 100, "server"), 0);  // and back
  const auto first = [&](double from_s, const char* key, const std::string& value) {
    for (const nlohmann::json& frame : frames) {
      if (frame["time_s"] >= from_s && frame[key] == value) return frame["time_s"].get<double>();
    }
    return -1.0;
  };
  // For people: no test of times.
  printf(
      "cut at 2 s: the link known to be down at %.2f s, back at 4 s: the server again at %.2f s, "
      "%d of 600 in time\n",
      first(2, "mode", "local"), first(3.5, "source", "server"),
      JsonLinesOf(result.out).at(0)["in_time"].get<int>());
}

}  // namespace
}  // namespace slim
