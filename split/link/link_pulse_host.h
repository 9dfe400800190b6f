// LinkPulse: when to ask a link whether it is alive, when it is not, and when to try again.
#ifndef SLIMSPLIT_SPLIT_LINK_LINK_PULSE_HOST_H_
#define SLIMSPLIT_SPLIT_LINK_LINK_PULSE_HOST_H_

#include <stdint.h>

#include <algorithm>

namespace slim {

// A link that dies is noticed within ping_every_us + silence_us of the last byte heard; one that
// returns, within attempt_us + most_rest_us.
struct PulseOptions {
  int64_t ping_every_us = 200000;     // of silence
  int64_t silence_us = 700000;        // after a ping
  int64_t measure_every_us = 500000;  // with a ping while no frame is on its way
  int64_t attempt_us = 1400000;       // to connect, shake hands and hear the first pong
  int64_t first_rest_us = 50000;      // after an attempt that failed; doubles each time,
  int64_t most_rest_us = 250000;      // up to this
};

// No clock of its own. Times are microseconds; see NowUs.
class LinkPulse {
 public:
  explicit LinkPulse(const PulseOptions& options)
      : options_(options), rest_us_(options.first_rest_us) {}

  void Heard(int64_t now_us) {
    heard_us_ = now_us;
    asked_us_ = kNever;
  }
  void Pinged(int64_t now_us) { asked_us_ = pinged_us_ = now_us; }

  // When the next ping is due; kNever while one is unanswered.
  int64_t PingUs() const {
    return asked_us_ == kNever ? heard_us_ + options_.ping_every_us : kNever;
  }
  // When the next ping is due that measures, if nothing is on its way then.
  int64_t MeasureUs() const {
    return asked_us_ == kNever ? pinged_us_ + options_.measure_every_us : kNever;
  }
  // When the link will be dead if nothing is heard.
  int64_t DeadUs() const { return asked_us_ == kNever ? kNever : asked_us_ + options_.silence_us; }

  // How long to rest after an attempt that failed or a link that died.
  int64_t RestUs() {
    const int64_t rest_us = rest_us_;
    rest_us_ = std::min(2 * rest_us_, options_.most_rest_us);
    return rest_us;
  }
  // An attempt succeeded.
  void Up() { rest_us_ = options_.first_rest_us; }

  static constexpr int64_t kNever = INT64_MAX;

 private:
  const PulseOptions options_;
  int64_t rest_us_;
  int64_t heard_us_ = 0, asked_us_ = kNever, pinged_us_ = 0;
};

}  // namespace slim

#endif  // SLIMSPLIT_SPLIT_LINK_LINK_PULSE_HOST_H_
