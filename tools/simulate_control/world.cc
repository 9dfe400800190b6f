#include "tools/simulate_control/world.h"

#include <math.h>

#include <algorithm>

namespace slim {
namespace {

constexpr double kHiccups = 0.01;  // of the frames
constexpr double kHiccup = 1.5;    // times the usual
constexpr float kNoise = 0.03f;    // of head and server times

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

World::World(const SimulatedMachines& machines, const Scenario& scenario)
    : machines_(machines), scenario_(scenario) {
  for (const LinkSample& sample : scenario.link->samples()) {
    if (sample.rate_bytes_per_s == 0) cuts_s_.push_back(sample.time_s);
  }
}

double World::HeadSeconds(int64_t frame, int mode) const {
  Random random = Draw(frame, 1);
  const double mean =
      mode == kLocalMode ? machines_.local_s : machines_.head_s[machines_.modes[mode].compute_row];
  return mean * exp(kNoise * random.Normal()) * (random.Uniform() < kHiccups ? kHiccup : 1);
}

Flight World::Fly(int64_t frame, double start_s, int64_t bytes, uint64_t what) const {
  Random random = Draw(frame, what);
  const LinkProfile& link = *scenario_.link;
  Flight flight;
  flight.server_s = machines_.server_s * exp(kNoise * random.Normal());
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

double World::CutEnd() const {
  const auto& samples = scenario_.link->samples();
  for (size_t i = samples.size(); i-- > 1;) {
    if (samples[i].rate_bytes_per_s > 0 && samples[i - 1].rate_bytes_per_s == 0) {
      return samples[i].time_s;
    }
  }
  return -1;
}

Random World::Draw(int64_t frame, uint64_t what) const {
  return Random::Derive(scenario_.seed, static_cast<uint64_t>(frame), what);
}

double World::Delay(double time_s, Random* random) const {
  const LinkSample& sample = scenario_.link->At(time_s);
  return sample.delay_s - sample.jitter_s * log(1 - random->Uniform());
}

bool World::IsCut(double from_s, double to_s) const {
  if (!(to_s < kNever) || scenario_.link->At(from_s).rate_bytes_per_s == 0) return true;
  const auto next = std::upper_bound(cuts_s_.begin(), cuts_s_.end(), from_s);
  return next != cuts_s_.end() && *next <= to_s;
}

}  // namespace slim
