#include "tools/simulate_control/simulation.h"

#include <math.h>

#include <algorithm>
#include <functional>
#include <limits>

#include "core/error_host.h"
#include "core/random.h"

namespace slim {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();
constexpr double kGiveUp = 0.6;  // s after which a player without a controller stops waiting
constexpr double kHiccups = 0.01;
constexpr double kHiccup = 1.5;  // times the usual
constexpr float kHeadNoise = 0.03f;

int64_t Us(double seconds) { return llround(seconds * 1e6); }

// What happens to the message of one frame.
struct Flight {
  double free_s = 0;  // when the link can take the next message
  double answer_s = kNever;
  double server_s = 0;
};

class World {
 public:
  World(const SimulatedMachines& machines, const Scenario& scenario)
      : machines_(machines), scenario_(scenario) {
    for (const LinkSample& sample : scenario.link->samples()) {
      if (sample.rate_bytes_per_s == 0) cuts_s_.push_back(sample.time_s);
    }
  }

  double HeadSeconds(int64_t frame, int mode) const {
    Random random = Draw(frame, 1);
    const double mean = mode == kLocalMode ? machines_.local_s
                                           : machines_.head_s[machines_.modes[mode].compute_row];
    return mean * exp(kHeadNoise * random.Normal()) * (random.Uniform() < kHiccups ? kHiccup : 1);
  }

  Flight Fly(int64_t frame, double start_s, int64_t bytes, uint64_t what = 2) const {
    Random random = Draw(frame, what);
    const LinkProfile& link = *scenario_.link;
    Flight flight;
    flight.server_s = machines_.server_s * exp(kHeadNoise * random.Normal());
    const double end = link.TransferEnd(start_s, static_cast<double>(bytes));
    if (IsCut(start_s, end)) {
      flight.free_s = start_s;
      return flight;
    }
    flight.free_s = end;
    const double there = end + Delay(end, &random);
    const double back = there + flight.server_s;
    const double answer = back + Delay(back, &random);
    const bool lost = random.Uniform() < link.At(end).loss || random.Uniform() < link.At(back).loss;
    if (!lost && !IsCut(back, answer)) flight.answer_s = answer;
    return flight;
  }

  // The end of the last cut, or -1.
  double CutEnd() const {
    const auto& samples = scenario_.link->samples();
    for (size_t i = samples.size(); i-- > 1;) {
      if (samples[i].rate_bytes_per_s > 0 && samples[i - 1].rate_bytes_per_s == 0) {
        return samples[i].time_s;
      }
    }
    return -1;
  }

 private:
  Random Draw(int64_t frame, uint64_t what) const {
    return Random::Derive(scenario_.seed, static_cast<uint64_t>(frame), what);
  }
  double Delay(double time_s, Random* random) const {
    const LinkSample& sample = scenario_.link->At(time_s);
    return sample.delay_s - sample.jitter_s * log(1 - random->Uniform());
  }
  bool IsCut(double from_s, double to_s) const {
    if (!(to_s < kNever) || scenario_.link->At(from_s).rate_bytes_per_s == 0) return true;
    const auto next = std::upper_bound(cuts_s_.begin(), cuts_s_.end(), from_s);
    return next != cuts_s_.end() && *next <= to_s;
  }

  const SimulatedMachines& machines_;
  const Scenario& scenario_;
  std::vector<double> cuts_s_;  // samples at which nothing passes
};

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
    const Flight flight = world.Fly(f, sent, bytes);
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
};

}  // namespace

SimulatedMachines EnsembleMachines(int64_t bit_bytes, double first_s, double member_s,
                                   double server_s) {
  // One bit costs far more accuracy than one member: the shape of the paper's table.
  constexpr float kByBits[] = {0.70f, 0.83f, 0.87f, 0.885f};
  constexpr float kByMembers[] = {0, 0.015f, 0.021f, 0.025f};
  constexpr int64_t kMemberMacs = 2000000;
  SimulatedMachines machines;
  for (int s = 0; s < 4; ++s) {
    machines.head_s.push_back(first_s + s * member_s);
    for (int b = 0; b < 4; ++b) {
      machines.names.push_back(std::to_string(s + 1) + std::to_string(b + 1));
      ModeEntry mode;
      mode.compute_row = static_cast<uint8_t>(s);
      mode.rate_row = static_cast<uint8_t>(b);
      mode.accuracy = kByBits[b] + kByMembers[s];
      mode.payload_bytes = bit_bytes * (b + 1) + 32;
      mode.head_macs = kMemberMacs * (s + 1);
      machines.modes.push_back(mode);
    }
  }
  for (size_t m = 0; m < machines.modes.size(); ++m) {
    machines.modes[m].name = machines.names[m].c_str();
  }
  machines.local = {true, 0.65f, kMemberMacs + kMemberMacs / 10};
  machines.local_s = first_s * 1.1;
  machines.server_s = server_s;
  return machines;
}

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
      const double answer = world.Fly(f, sent, machines.modes[m].payload_bytes).answer_s;
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
  double link_free = 0, free_s = 0;
  // Tells the controller of the answers that came until then.
  const auto hear = [&](double until) {
    for (size_t i = 0; i < pending.size();) {
      const Pending p = pending[i];
      if (p.flight.answer_s > until) {
        ++i;
        continue;
      }
      check(
          controller.Answered(p.bytes, Us(p.sent_s), Us(p.flight.answer_s), Us(p.flight.server_s)));
      pending.erase(pending.begin() + static_cast<int64_t>(i));
    }
  };
  const auto send = [&](int64_t frame, double at, int64_t bytes, uint64_t what) {
    const Flight flight = world.Fly(frame, std::max(at, link_free), bytes, what);
    link_free = std::max(at, flight.free_s);
    check(controller.Sent(bytes, Us(at)));
    if (flight.answer_s < kNever) pending.push_back({bytes, at, flight});
    return flight;
  };
  for (int64_t f = 0; f < counter.frames(); f = counter.NextFrame(f, free_s)) {
    const double start = std::max(free_s, counter.CaptureTime(f));
    const double due = counter.DueTime(f);
    hear(start);
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
