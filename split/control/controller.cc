#include "split/control/controller.h"

#include <math.h>

namespace slim {
namespace {

// A mode is taken in place of another only if it is worth so much more.
constexpr double kGain = 1.002;

int64_t Bounded(int64_t us, int64_t most) { return us < 0 ? 0 : us < most ? us : most; }

bool IsNonNegative(float x) { return x >= 0 && x <= 1e30f; }  // false for what is no number

}  // namespace

Status Controller::Init(const ModeTable& table, const ControlOptions& options) {
  SLIM_RETURN_IF_ERROR(table.Judge());
  if (options.policy == Policy::kFixed &&
      (options.fixed_mode < 0 || options.fixed_mode >= table.count)) {
    return Invalid("fixed_mode is no mode of the table", options.fixed_mode);
  }
  if (!(options.risk >= 0.001f) || !(options.risk <= 0.5f)) {
    return Invalid("risk must be from 0.001 to 0.5");
  }
  if (options.patience < 1 || options.patience > 1000) {
    return Invalid("patience must be from 1 to 1000 frames", options.patience);
  }
  if (!IsNonNegative(options.energy_per_mac) || !IsNonNegative(options.energy_per_byte)) {
    return Invalid("energy_per_mac and energy_per_byte must be from 0 to 1e30");
  }
  bool served = false;
  for (int m = 0; m < table.count; ++m) {
    served =
        served ||
        ((options.policy != Policy::kUnderBytes ||
          table.modes[m].payload_bytes <= options.max_bytes) &&
         (options.policy != Policy::kMinEnergy || table.modes[m].accuracy >= options.min_accuracy));
  }
  if (!served) return Invalid("no mode keeps max_bytes or reaches min_accuracy");

  // Rows without a mode are never asked for; the local exit is the row after the last.
  int64_t macs[ComputeEstimator::kMaxRows];
  const int rows = table.ComputeRows();
  for (int r = 0; r <= rows; ++r) macs[r] = table.modes[0].head_macs;
  for (int m = 0; m < table.count; ++m) macs[table.modes[m].compute_row] = table.modes[m].head_macs;
  if (table.local.present) macs[rows] = table.local.macs;

  *this = Controller();
  table_ = table;
  options_ = options;
  SLIM_RETURN_IF_ERROR(compute_.Init(macs, rows + 1, options.us_per_mac));
  return link_.Init(options.link);
}

Decision Controller::Decide(int64_t now_us, int64_t time_left_us) {
  Moment at;
  at.now_us = Bounded(now_us, kLatestMicrosecond);
  at.left_us = Bounded(time_left_us, kMostMicroseconds);
  at.link_up = link_.IsUp(at.now_us);
  at.margin = fmax(link_.errors().Quantile(1 - static_cast<double>(options_.risk)), 0);

  Decision decision;
  decision.mode = Choose(at);
  decision.in_time = Fits(decision.mode, at);
  decision.time = Predict(decision.mode, at);
  decision.time_left_us = at.left_us;
  decision.silence_us = link_.SilenceUs(at.now_us);
  if (table_.local.present) {
    const double last = static_cast<double>(at.left_us) - Predict(kLocalMode, at).TotalUs();
    decision.local_at_us = at.now_us + static_cast<int64_t>(fmax(last, 0));
  }
  if (decision.mode == kLocalMode && link_.WantsProbe(at.now_us)) {
    decision.probe = true;
    decision.probe_mode = SmallestMode();
  }
  Explain(at, &decision);
  return decision;
}

Status Controller::HeadTook(int mode, int64_t us) {
  if (mode >= table_.count || mode < FirstMode()) return Invalid("no such mode", mode);
  return compute_.Observe(RowOf(mode), us);
}

Status Controller::Answered(int64_t bytes, int64_t sent_us, int64_t answered_us,
                            int64_t server_us) {
  SLIM_RETURN_IF_ERROR(link_.Answered(bytes, sent_us, answered_us, server_us));
  server_.Observe(static_cast<double>(server_us));
  return OkStatus();
}

int Controller::RowOf(int mode) const {
  return mode == kLocalMode ? compute_.rows() - 1 : table_.modes[mode].compute_row;
}

int64_t Controller::BytesOf(int mode) const {
  return mode == kLocalMode ? 0 : table_.modes[mode].payload_bytes;
}

double Controller::AccuracyOf(int mode) const {
  return mode == kLocalMode ? table_.local.accuracy : table_.modes[mode].accuracy;
}

double Controller::EnergyOf(int mode) const {
  const int64_t macs = mode == kLocalMode ? table_.local.macs : table_.modes[mode].head_macs;
  return static_cast<double>(options_.energy_per_mac) * static_cast<double>(macs) +
         static_cast<double>(options_.energy_per_byte) * static_cast<double>(BytesOf(mode));
}

// Whether the policy prefers a to b, time aside. A strict order: of two equals the first in the
// table.
bool Controller::IsBetter(int a, int b) const {
  if (a == kNoMode || b == kNoMode) return a != kNoMode;
  if (options_.policy == Policy::kMinEnergy) {
    const bool a_reaches = AccuracyOf(a) >= options_.min_accuracy;
    const bool b_reaches = AccuracyOf(b) >= options_.min_accuracy;
    if (a_reaches != b_reaches) return a_reaches;
    if (a_reaches && EnergyOf(a) != EnergyOf(b)) return EnergyOf(a) < EnergyOf(b);
  }
  if (AccuracyOf(a) != AccuracyOf(b)) return AccuracyOf(a) > AccuracyOf(b);
  if (BytesOf(a) != BytesOf(b)) return BytesOf(a) < BytesOf(b);
  return a < b;
}

// Expected accuracy: a late answer is wrong, unless the local one steps in.
double Controller::Worth(int mode, const Moment& at) const {
  const ModeTime time = Predict(mode, at);
  const double spare = static_cast<double>(at.left_us) - time.MeanUs();
  const double chance = link_.errors().Below(spare / fmax(time.deviation, 1));
  const double late = options_.rescue && table_.local.present ? table_.local.accuracy : 0;
  return chance * AccuracyOf(mode) + (1 - chance) * (mode == kLocalMode ? 0 : late);
}

// Whether the policy prefers a to b for this frame, by more than the factor `gain` where that has a
// meaning.
bool Controller::Prefers(int a, int b, const Moment& at, double gain) const {
  if (a == kNoMode || b == kNoMode) return a != kNoMode;
  if (options_.policy == Policy::kMinEnergy) return IsBetter(a, b);
  const double worth_a = Worth(a, at), worth_b = gain * Worth(b, at);
  return worth_a != worth_b ? worth_a > worth_b : IsBetter(a, b);
}

bool Controller::IsUsable(int mode, const Moment& at) const {
  if (mode == kLocalMode) return true;
  if (options_.policy == Policy::kUnderBytes && BytesOf(mode) > options_.max_bytes) return false;
  return at.link_up;
}

ModeTime Controller::Predict(int mode, const Moment& at) const {
  const TimeEstimate head = compute_.Estimate(RowOf(mode));
  ModeTime time;
  time.head = head.mean_us;
  time.margin = at.margin;
  double variance = head.variance;
  if (mode != kLocalMode) {
    const LinkEstimate link = link_.Predict(BytesOf(mode), at.now_us);
    time.wait = fmax(link_.BusyUs(at.now_us) - time.head, 0);
    time.delay = link.delay_us;
    time.transfer = link.transfer_us;
    time.server = server_.mean();
    variance += link.variance + server_.variance();
  }
  time.deviation = sqrt(variance);
  return time;
}

bool Controller::Fits(int mode, const Moment& at) const {
  return IsUsable(mode, at) && Predict(mode, at).TotalUs() <= static_cast<double>(at.left_us);
}

int Controller::SmallestMode() const {
  int smallest = 0;
  for (int m = 1; m < table_.count; ++m) {
    const ModeEntry &a = table_.modes[m], &b = table_.modes[smallest];
    if (a.payload_bytes < b.payload_bytes ||
        (a.payload_bytes == b.payload_bytes && a.head_macs < b.head_macs)) {
      smallest = m;
    }
  }
  return smallest;
}

// The preferred of those that fit; where none fits, of all that can be used.
int Controller::BestMode(const Moment& at) const {
  int best = kNoMode, hope = kNoMode;
  for (int m = FirstMode(); m < table_.count; ++m) {
    if (!IsUsable(m, at)) continue;
    if (Prefers(m, hope, at, 1)) hope = m;
    if (Fits(m, at) && Prefers(m, best, at, 1)) best = m;
  }
  if (best != kNoMode) return best;
  return hope != kNoMode ? hope : SmallestMode();  // the link is down, with no local exit
}

int Controller::Choose(const Moment& at) {
  if (options_.policy == Policy::kFixed && at.link_up) return options_.fixed_mode;
  const int best = BestMode(at);
  if (!at.link_up) {  // what comes back is another link: begin anew
    current_ = kNoMode;
    return best;
  }
  if (current_ != kNoMode && Fits(current_, at)) {
    fitted_ = best != current_ && Prefers(best, current_, at, kGain) ? fitted_ + 1 : 0;
    if (fitted_ < options_.patience) return current_;
  }
  fitted_ = 0;
  return current_ = best;
}

void Controller::Explain(const Moment& at, Decision* decision) const {
  int better = kNoMode;  // the least of those that are better
  for (int m = FirstMode(); m < table_.count; ++m) {
    if (m != decision->mode && IsBetter(m, decision->mode) &&
        (better == kNoMode || IsBetter(better, m))) {
      better = m;
    }
  }
  decision->better = better;
  if (!at.link_up) decision->binding = Binding::kLinkDown;
  if (better == kNoMode) return;
  const ModeTime& chosen = decision->time;
  const ModeTime time = Predict(better, at);
  decision->better_time = time;
  if (!at.link_up) return;
  if (options_.policy == Policy::kFixed) {
    decision->binding = Binding::kFixed;
  } else if (!IsUsable(better, at)) {
    decision->binding = Binding::kBytes;
  } else if (Fits(better, at) && Prefers(better, decision->mode, at, 1)) {
    decision->binding = Binding::kPatience;
  } else if (time.MeanUs() <= static_cast<double>(at.left_us)) {
    decision->binding = Binding::kUncertainty;
  } else {
    // What the better mode would need more of than the chosen one.
    const double more[] = {time.head - chosen.head, time.wait - chosen.wait,
                           time.delay - chosen.delay, time.transfer - chosen.transfer,
                           time.server - chosen.server};
    const Binding name[] = {Binding::kHead, Binding::kWait, Binding::kDelay, Binding::kRate,
                            Binding::kServer};
    int most = 0;
    for (int i = 1; i < 5; ++i) {
      if (more[i] > more[most]) most = i;
    }
    decision->binding = name[most];
  }
}

}  // namespace slim
