#include "tools/simulate_control/simulation.h"

#include <math.h>

#include <algorithm>
#include <functional>
#include <vector>

#include "core/error_host.h"

namespace slim {
namespace {

constexpr double kMeasure = 0.5;  // s between pings of a controller
constexpr int64_t kPingBytes = 32;
constexpr double kGiveUp = 0.6;  // s after which a player without a controller stops waiting

int64_t Us(double seconds) { return llround(seconds * 1e6); }

// Counts the frames of the camera as they get their answers, or none.
class Counter {
 public:
  Counter(const std::string& player, const SimulatedMachines& machines, const Scenario& scenario)
      : machines_(machines), scenario_(scenario), cut_end_s_(World(machines, scenario).CutEnd()) {
    score_.player = player;
    score_.frames = static_cast<int64_t>(floor(scenario.seconds / scenario.period_s));
  }

  int64_t frames() const { return score_.frames; }
  double CaptureTime(int64_t frame) const {
    return static_cast<double>(frame) * scenario_.period_s;
  }
  double DueTime(int64_t frame) const { return CaptureTime(frame) + scenario_.deadline_s; }
  // The newest frame at that time, or the next one.
  int64_t NextFrame(int64_t last, double free_s) const {
    return std::max(last + 1, static_cast<int64_t>(floor(free_s / scenario_.period_s)));
  }

  void Chose(int mode, int64_t bytes) {
    if (last_mode_ != kNoMode && mode != last_mode_) ++score_.switches;
    last_mode_ = mode;
    score_.bytes += bytes;
  }
  void Answer(int64_t frame, int mode, double time_s) {
    if (!(time_s <= DueTime(frame))) return;
    ++answered_;
    score_.local += mode == kLocalMode;
    score_.accuracy_sum +=
        mode == kLocalMode ? machines_.local.accuracy : machines_.modes[mode].accuracy;
    score_.longest_silence_s = std::max(score_.longest_silence_s, time_s - last_answer_s_);
    last_answer_s_ = time_s;
    if (mode != kLocalMode && cut_end_s_ >= 0 && score_.first_remote_after_cut_s < 0 &&
        time_s >= cut_end_s_) {
      score_.first_remote_after_cut_s = time_s - cut_end_s_;
    }
  }
  Score Finish() {
    score_.missed = score_.frames - answered_;
    score_.longest_silence_s =
        std::max(score_.longest_silence_s, scenario_.seconds - last_answer_s_);
    return score_;
  }

 private:
  const SimulatedMachines& machines_;
  const Scenario& scenario_;
  double cut_end_s_;
  Score score_;
  int64_t answered_ = 0;
  int last_mode_ = kNoMode;
  double last_answer_s_ = 0;
};

// Plays without a controller: `choose` says the mode of the next frame, `learn` hears of answers.
Score PlaySimply(const std::string& player, const SimulatedMachines& machines,
                 const Scenario& scenario, const std::function<int()>& choose,
                 const std::function<void(int, double, double)>& learn) {
  const World world(machines, scenario);
  Counter counter(player, machines, scenario);
  double free_s = 0;
  for (int64_t f = 0; f < counter.frames(); f = counter.NextFrame(f, free_s)) {
    const double start = std::max(free_s, counter.CaptureTime(f));
    const int mode = choose();
    const double sent = start + world.HeadSeconds(f, mode);
    if (mode == kLocalMode) {
      counter.Chose(mode, 0);
      counter.Answer(f, mode, sent);
      free_s = sent;
      continue;
    }
    const int64_t bytes = machines.modes[mode].payload_bytes;
    counter.Chose(mode, bytes);
    const Flight flight = world.Fly(f, sent, bytes, 2);
    counter.Answer(f, mode, flight.answer_s);
    free_s = std::min(flight.answer_s, sent + kGiveUp);
    if (flight.answer_s <= free_s) learn(mode, flight.answer_s - sent, flight.server_s);
  }
  return counter.Finish();
}

// A message on its way, whose answer the controller has not heard.
struct Pending {
  int64_t bytes;
  double sent_s;
  Flight flight;
  bool ping;
};

}  // namespace

Score PlayFixed(const SimulatedMachines& machines, const Scenario& scenario, int mode) {
  const std::string name = mode == kLocalMode ? "local" : "fixed " + machines.names[mode];
  return PlaySimply(
      name, machines, scenario, [mode] { return mode; }, [](int, double, double) {});
}

Score PlayMovingAverage(const SimulatedMachines& machines, const Scenario& scenario,
                        double start_rate) {
  double rate = start_rate;
  const auto choose = [&] {
    int best = 0;
    float accuracy = -1;
    for (size_t m = 0; m < machines.modes.size(); ++m) {
      const ModeEntry& mode = machines.modes[m];
      const double time =
          machines.head_s[mode.compute_row] + static_cast<double>(mode.payload_bytes) / rate;
      if (time < 0.8 * scenario.deadline_s && mode.accuracy > accuracy) {
        best = static_cast<int>(m);
        accuracy = mode.accuracy;
      }
    }
    return best;
  };
  const auto learn = [&](int mode, double time_s, double server_s) {
    const double bytes = static_cast<double>(machines.modes[mode].payload_bytes);
    rate = 0.6 * rate + 0.4 * bytes / (time_s - server_s);
  };
  return PlaySimply("moving-average", machines, scenario, choose, learn);
}

Score PlayOracle(const SimulatedMachines& machines, const Scenario& scenario) {
  const World world(machines, scenario);
  Counter counter("oracle", machines, scenario);
  for (int64_t f = 0; f < counter.frames(); ++f) {
    int best = kNoMode;
    double best_time = kNever;
    for (size_t m = 0; m < machines.modes.size(); ++m) {
      const int mode = static_cast<int>(m);
      const double sent = counter.CaptureTime(f) + world.HeadSeconds(f, mode);
      const double answer = world.Fly(f, sent, machines.modes[m].payload_bytes, 2).answer_s;
      if (answer <= counter.DueTime(f) &&
          (best == kNoMode || machines.modes[m].accuracy > machines.modes[best].accuracy)) {
        best = mode;
        best_time = answer;
      }
    }
    if (best == kNoMode) continue;
    counter.Chose(best, machines.modes[best].payload_bytes);
    counter.Answer(f, best, best_time);
  }
  return counter.Finish();
}

Score PlayController(const SimulatedMachines& machines, const Scenario& scenario,
                     const ControlOptions& control, bool rescue) {
  ControlOptions options = control;
  options.rescue = rescue;
  const World world(machines, scenario);
  Counter counter(rescue ? "controller and rescue" : "controller", machines, scenario);
  Controller controller;
  const auto check = [](const Status& status) {
    if (!status.ok()) throw Failure(std::string("the controller refused: ") + status.text);
  };
  check(controller.Init(machines.Table(), options));
  std::vector<Pending> pending;
  double link_free = 0, free_s = 0, measured_s = 0;
  // Tells the controller of the answers that came until then.
  const auto hear = [&](double until) {
    for (size_t i = 0; i < pending.size();) {
      const Pending p = pending[i];
      if (p.flight.answer_s > until) {
        ++i;
        continue;
      }
      const int64_t sent_us = Us(p.sent_s), answer_us = Us(p.flight.answer_s);
      const int64_t server_us = Us(p.flight.server_s);
      check(p.ping ? controller.Ponged(p.bytes, sent_us, answer_us - server_us)
                   : controller.Answered(p.bytes, sent_us, answer_us, server_us));
      pending.erase(pending.begin() + static_cast<int64_t>(i));
    }
  };
  const auto fly = [&](int64_t frame, double at, int64_t bytes, uint64_t what, bool ping) {
    const Flight flight = world.Fly(frame, std::max(at, link_free), bytes, what);
    link_free = std::max(at, flight.free_s);
    if (flight.answer_s < kNever) pending.push_back({bytes, at, flight, ping});
    return flight;
  };
  const auto send = [&](int64_t frame, double at, int64_t bytes, uint64_t what) {
    check(controller.Sent(bytes, Us(at)));
    return fly(frame, at, bytes, what, false);
  };
  for (int64_t f = 0; f < counter.frames(); f = counter.NextFrame(f, free_s)) {
    const double start = std::max(free_s, counter.CaptureTime(f));
    const double due = counter.DueTime(f);
    hear(start);
    if (pending.empty() && link_free <= start && start - measured_s >= kMeasure) {
      measured_s = start;
      fly(f, start, kPingBytes, 4, true);
    }
    const Decision decision = controller.Decide(Us(start), Us(due - start));
    const double head_s = world.HeadSeconds(f, decision.mode);
    const double sent = start + head_s;
    check(controller.HeadTook(decision.mode, std::max<int64_t>(Us(head_s), 1)));
    hear(sent);
    if (decision.mode == kLocalMode) {
      counter.Answer(f, kLocalMode, sent);
      const int64_t bytes = decision.probe ? machines.modes[decision.probe_mode].payload_bytes : 0;
      counter.Chose(kLocalMode, bytes);
      if (decision.probe) send(f, sent, bytes, 3);
      free_s = sent;
      continue;
    }
    const int64_t bytes = machines.modes[decision.mode].payload_bytes;
    counter.Chose(decision.mode, bytes);
    const Flight flight = send(f, sent, bytes, 2);
    const double local_start = std::max(sent, static_cast<double>(decision.local_at_us) * 1e-6);
    if (rescue && flight.answer_s > local_start) {
      const double local_s = world.HeadSeconds(f, kLocalMode);
      check(controller.HeadTook(kLocalMode, Us(local_s)));
      const double local_end = local_start + local_s;
      const bool remote = flight.answer_s <= std::max(due, local_end) && flight.answer_s <= due;
      counter.Answer(f, remote ? decision.mode : kLocalMode, remote ? flight.answer_s : local_end);
      free_s = std::min(std::max(local_end, due), std::max(flight.answer_s, local_end));
    } else {
      counter.Answer(f, decision.mode, flight.answer_s);
      free_s = std::min(flight.answer_s, std::max(sent, due));
    }
    hear(free_s);
  }
  return counter.Finish();
}

}  // namespace slim
