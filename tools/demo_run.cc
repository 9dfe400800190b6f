#include "tools/demo_run.h"

#include <stdio.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "core/file_host.h"
#include "tools/child_process.h"
#include "tools/link_story.h"
#include "tools/progress.h"
#include "tools/report_data.h"

namespace slim {
namespace {

constexpr double kIntervalMs = 50;
constexpr auto kFrames = static_cast<int64_t>(kStorySeconds * 1e3 / kIntervalMs);

// Reads a trace while it is written.
class LiveTrace {
 public:
  explicit LiveTrace(const std::string& path) : path_(path) {}

  // Reads on; shows what there is.
  void Update(Progress* progress) {
    if (!file_.is_open()) file_.open(path_);
    if (!file_.is_open()) return;
    file_.clear();
    for (std::string rest; std::getline(file_, rest);) {
      line_ += rest;
      if (file_.eof()) break;  // the end of this line is still to come
      Take(nlohmann::json::parse(line_, nullptr, /*allow_exceptions=*/false));
      line_.clear();
    }
    progress->Update(frames_, note_);
  }

 private:
  void Take(const nlohmann::json& frame) {
    if (!frame.is_object()) return;
    const double time_s = frame.value("time_s", 0.0);
    ++frames_;
    in_time_ += frame.value("in_time", false);
    char text[160];
    snprintf(text, sizeof(text), "link %-6s  mode %-5s  %5.1f ms of %g  in time %.1f %%",
             ChapterAt(time_s), frame.value("mode", "?").c_str(), frame.value("total_ms", 0.0),
             kDemoDeadlineMs, 100 * static_cast<double>(in_time_) / static_cast<double>(frames_));
    note_ = text;
  }

  const std::string path_;
  std::ifstream file_;
  std::string line_, note_;
  int64_t frames_ = 0, in_time_ = 0;
};

// A device behind a link of its own.
struct Head {
  std::string mode, trace;
  std::unique_ptr<ChildProcess> link, device;
};

class Stage {
 public:
  Stage(const std::string& folder, const std::string& data) : folder_(folder), data_(data) {
    std::filesystem::remove(folder_ + "/key");
    RunChild({"make-key", folder_ + "/key"}, Log("make-key"));
    const std::string story = LinkStory();
    WriteFileAtomically(folder_ + "/link.csv", {{story.data(), story.size()}});
    tail_ = Start({"serve", folder_ + "/split/tail.slim", "--key", folder_ + "/key", "--listen",
                   "127.0.0.1:0"},
                  "serve");
    address_ = tail_->FirstLine();
  }

  // `mode` empty: chosen for each frame.
  Head Add(const std::string& mode, const std::string& trace) {
    const std::string name = mode.empty() ? "chosen" : mode;
    Head head;
    head.mode = mode;
    head.trace = trace;
    head.link = Start({"emulate-link", "--connect", address_, "--trace", folder_ + "/link.csv"},
                      "link-" + name);
    std::vector<std::string> device = {"device",        folder_ + "/split/head.slim",
                                       "--connect",     head.link->FirstLine(),
                                       "--key",         folder_ + "/key",
                                       "--data",        data_,
                                       "--frames",      std::to_string(kFrames),
                                       "--deadline-ms", std::to_string(kDemoDeadlineMs),
                                       "--interval-ms", std::to_string(kIntervalMs),
                                       "--trace",       trace,
                                       "--link",        folder_ + "/link.csv"};
    if (!mode.empty()) device.insert(device.end(), {"--mode", mode});
    std::filesystem::remove(trace);
    head.device = Start(device, "device-" + name);
    return head;
  }

  // Throws Failure when the tail or a link has ended, for then nothing means anything any more.
  void MustRun(const std::vector<Head>& heads) {
    tail_->MustRun();
    for (const Head& head : heads) head.link->MustRun();
  }

 private:
  std::string Log(const std::string& name) const { return folder_ + "/log/" + name; }

  std::unique_ptr<ChildProcess> Start(std::vector<std::string> arguments, const std::string& name) {
    // Many processes share the machine: each gets along with one thread.
    arguments.insert(arguments.end(), {"--quiet", "--threads", "1"});
    return std::make_unique<ChildProcess>(arguments, Log(name));
  }

  const std::string folder_, data_;
  std::unique_ptr<ChildProcess> tail_;
  std::string address_;
};

DemoRun Total(const Head& head) {
  DemoRun run;
  run.mode = head.mode;
  for (const TraceLine& frame : ReadTraceLines(head.trace)) {
    ++run.frames;
    run.in_time += frame.in_time;
    run.correct += frame.correct;
  }
  return run;
}

}  // namespace

std::vector<DemoRun> RunDemo(const std::string& folder, const std::string& data,
                             const std::vector<std::string>& modes, bool quiet) {
  std::filesystem::create_directories(folder + "/log");
  std::filesystem::create_directories(folder + "/fixed");
  Stage stage(folder, data);
  std::vector<Head> heads;
  heads.push_back(stage.Add("", folder + "/trace.jsonl"));
  for (const std::string& mode : modes) {
    heads.push_back(stage.Add(mode, folder + "/fixed/" + mode + ".jsonl"));
  }
  Progress progress("run", kFrames, 0, quiet);
  LiveTrace live(heads[0].trace);
  std::vector<DemoRun> runs;
  for (const Head& head : heads) {
    while (head.device->IsRunning()) {
      stage.MustRun(heads);
      live.Update(&progress);
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    runs.push_back(Total(head));
  }
  progress.Clear();
  return runs;
}

}  // namespace slim
