#include "split/control/link_estimator.h"

#include <math.h>

namespace slim {
namespace {

constexpr double kFastest = 1e-4, kSlowest = 1e6;  // us per byte: 10 GB/s, 1 byte/s
constexpr double kLongestDelay = 60e6;             // us
constexpr double kLeastNoise = 100.0 * 100.0;      // us^2: clocks and schedulers

// Standard deviations of the drift in one second, and the most that drift makes unsure.
constexpr double kPaceDrift = 0.1;     // of the pace
constexpr double kDelayDrift = 0.05;   // of the delay, and
constexpr double kDelayDriftUs = 200;  // us
constexpr double kMostUnsure = 0.5;    // of either

constexpr double kStrange = 3;  // standard deviations
constexpr double kNoiseGain = 0.1;

double Square(double x) { return x * x; }
double Clamp(double x, double low, double high) { return fmin(fmax(x, low), high); }

}  // namespace

Status LinkEstimator::Init(const LinkOptions& options) {
  if (!(options.start_rate >= 1) || !(options.start_rate <= 1e10)) {
    return Invalid("start_rate must be from 1 to 1e10 bytes/s");
  }
  if (options.start_delay_us < 0 || options.start_delay_us > int64_t{60000000}) {
    return Invalid("start_delay_us must be from 0 to 60 s", options.start_delay_us);
  }
  if (options.silence_us < 1 || options.silence_us > kMostMicroseconds) {
    return Invalid("silence_us out of bounds", options.silence_us);
  }
  if (options.probe_every_us < 1 || options.probe_every_us > kMostMicroseconds) {
    return Invalid("probe_every_us out of bounds", options.probe_every_us);
  }
  if (options.retry_every_us < 1 || options.retry_every_us > kMostMicroseconds) {
    return Invalid("retry_every_us out of bounds", options.retry_every_us);
  }
  *this = LinkEstimator();
  options_ = options;
  delay_ = static_cast<double>(options.start_delay_us);
  pace_ = 1e6 / options.start_rate;
  noise_ = fmax(kLeastNoise, Square(0.1 * delay_));
  MakeUnsure();
  return OkStatus();
}

Status LinkEstimator::Sent(int64_t bytes, int64_t now_us) {
  if (bytes < 0 || bytes > kMostBytes) return Invalid("frame bytes out of bounds", bytes);
  if (now_us < 0 || now_us > kLatestMicrosecond) return Invalid("time out of bounds", now_us);
  last_sent_us_ = now_us;
  last_sent_bytes_ = bytes;
  if (waiting_since_us_ == kNever) waiting_since_us_ = now_us;
  return OkStatus();
}

Status LinkEstimator::Answered(int64_t bytes, int64_t sent_us, int64_t answered_us,
                               int64_t server_us) {
  if (bytes < 0 || bytes > kMostBytes) return Invalid("frame bytes out of bounds", bytes);
  if (sent_us < 0 || sent_us > kLatestMicrosecond) return Invalid("time out of bounds", sent_us);
  if (answered_us < sent_us || answered_us > kLatestMicrosecond) {
    return Invalid("answered before it was sent", answered_us);
  }
  if (server_us < 0 || server_us > answered_us - sent_us) {
    return Invalid("the server cannot have needed longer than the answer took", server_us);
  }
  if (!IsUp(answered_us)) MakeUnsure();  // a link that was away may come back as another
  const int64_t start = sent_us > last_answer_us_ ? sent_us : last_answer_us_;
  const int64_t on_link = answered_us - start - server_us;
  DriftTo(answered_us);
  Correct(static_cast<double>(bytes), static_cast<double>(on_link > 0 ? on_link : 0));
  last_answer_us_ = answered_us > last_answer_us_ ? answered_us : last_answer_us_;
  waiting_since_us_ = sent_us >= last_sent_us_ ? kNever : answered_us;
  lost_ = false;
  return OkStatus();
}

Status LinkEstimator::Ponged(int64_t bytes, int64_t sent_us, int64_t answered_us) {
  if (bytes < 0 || bytes > kMostBytes) return Invalid("ping bytes out of bounds", bytes);
  if (sent_us < 0 || sent_us > kLatestMicrosecond) return Invalid("time out of bounds", sent_us);
  if (answered_us < sent_us || answered_us > kLatestMicrosecond) {
    return Invalid("answered before it was sent", answered_us);
  }
  DriftTo(answered_us);
  const double n = static_cast<double>(bytes);
  const LinkEstimate expected = Predict(bytes, answered_us);
  const double error = static_cast<double>(answered_us - sent_us) - delay_ - n * pace_;
  const double most = kStrange * sqrt(expected.variance);
  Move(n, Clamp(error, -most, most));
  return OkStatus();
}

bool LinkEstimator::IsUp(int64_t now_us) const {
  return !lost_ && SilenceUs(now_us) <= options_.silence_us;
}

bool LinkEstimator::WantsProbe(int64_t now_us) const {
  if (last_sent_us_ == kNever) return true;
  const bool waiting = waiting_since_us_ != kNever;
  return now_us >= last_sent_us_ &&
         now_us - last_sent_us_ >= (waiting ? options_.retry_every_us : options_.probe_every_us);
}

int64_t LinkEstimator::SilenceUs(int64_t now_us) const {
  return waiting_since_us_ == kNever || now_us < waiting_since_us_ ? 0 : now_us - waiting_since_us_;
}

double LinkEstimator::BusyUs(int64_t now_us) const {
  if (waiting_since_us_ == kNever) return 0;
  const LinkEstimate last = Predict(last_sent_bytes_, now_us);
  const double on_its_way = now_us > last_sent_us_ ? now_us - last_sent_us_ : 0;
  const double left = last.delay_us + last.transfer_us - on_its_way;
  return fmax(left, sqrt(last.variance));
}

LinkEstimate LinkEstimator::Predict(int64_t bytes, int64_t now_us) const {
  const double n = static_cast<double>(bytes);
  const Covariance c = Drifted(now_us);
  return {delay_, n * pace_, c.delay + 2 * n * c.both + n * n * c.pace + noise_};
}

void LinkEstimator::MakeUnsure() {
  covariance_ = {Square(kMostUnsure * delay_ + kDelayDriftUs), 0, Square(kMostUnsure * pace_)};
}

LinkEstimator::Covariance LinkEstimator::Drifted(int64_t now_us) const {
  Covariance c = covariance_;
  const double seconds = estimated_us_ == kNever || now_us <= estimated_us_
                             ? 0
                             : static_cast<double>(now_us - estimated_us_) * 1e-6;
  c.delay += Square(kDelayDrift * delay_ + kDelayDriftUs) * seconds;
  c.pace += Square(kPaceDrift * pace_) * seconds;
  const double most_delay = Square(kMostUnsure * delay_ + kDelayDriftUs);
  const double most_pace = Square(kMostUnsure * pace_);
  if (c.delay > most_delay) {
    c.both *= sqrt(most_delay / c.delay);
    c.delay = most_delay;
  }
  if (c.pace > most_pace) {
    c.both *= sqrt(most_pace / c.pace);
    c.pace = most_pace;
  }
  return c;
}

void LinkEstimator::DriftTo(int64_t now_us) {
  covariance_ = Drifted(now_us);
  estimated_us_ = now_us > estimated_us_ ? now_us : estimated_us_;
}

void LinkEstimator::Correct(double bytes, double time_us) {
  const Covariance& c = covariance_;
  double error = time_us - (delay_ + bytes * pace_);
  const double spread = c.delay + 2 * bytes * c.both + bytes * bytes * c.pace + noise_;
  const double most = kStrange * sqrt(spread);
  errors_.Observe(error / sqrt(spread));
  const int side = error > most ? 1 : error < -most ? -1 : 0;
  noise_ = fmax(kLeastNoise,
                noise_ * (1 + kNoiseGain * (fmin(Square(error) / spread, Square(kStrange)) - 1)));
  if (side != 0 && side == strange_) {
    MakeUnsure();
  } else {
    error = Clamp(error, -most, most);
  }
  strange_ = side;
  Move(bytes, error);
}

// The filter's step: `error` is by how much a message of `bytes` took longer than predicted.
void LinkEstimator::Move(double bytes, double error) {
  Covariance& c = covariance_;
  const double of_delay = c.delay + bytes * c.both, of_pace = c.both + bytes * c.pace;
  const double spread = of_delay + bytes * of_pace + noise_;
  const double delay_gain = of_delay / spread, pace_gain = of_pace / spread;
  delay_ = Clamp(delay_ + delay_gain * error, 0, kLongestDelay);
  pace_ = Clamp(fmax(pace_ + pace_gain * error, pace_ / 4), kFastest, kSlowest);
  c.delay = fmax(c.delay - delay_gain * of_delay, 0);
  c.both -= delay_gain * of_pace;
  c.pace = fmax(c.pace - pace_gain * of_pace, 0);
}

}  // namespace slim
