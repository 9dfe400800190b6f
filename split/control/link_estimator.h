// LinkEstimator: what the link does to a frame of so many bytes, learned from the frames before.
//
//   time = delay + bytes * pace + noise        pace = 1 / rate
//
// Delay and pace are the two states of a Kalman filter: messages of differing sizes tell them
// apart, be they frames of several modes or frames and pings, and while all have one size the
// filter knows that it cannot (its covariance says so).
// Between frames the states drift, so an old estimate is an unsure one. A single measurement far
// off is held back; two in a row on the same side are a change of the link, and are followed at
// once.
//
// The caller has the clock: all times are microseconds of one clock that does not run backwards,
// from 0 to kLatestMicrosecond. Measured is one frame on its way at a time; of a frame sent before
// the answer to the previous one, only the time since that answer counts.
#ifndef SLIMSPLIT_SPLIT_CONTROL_LINK_ESTIMATOR_H_
#define SLIMSPLIT_SPLIT_CONTROL_LINK_ESTIMATOR_H_

#include <stdint.h>

#include "core/status.h"
#include "split/control/error_distribution.h"
#include "split/control/running_time.h"

namespace slim {

struct LinkOptions {
  double start_rate = 100e3;        // bytes/s, until the first answer
  int64_t start_delay_us = 20000;   // there and back, without the payload
  int64_t silence_us = 600000;      // a frame unanswered for longer means that the link is down
  int64_t probe_every_us = 100000;  // when nothing else is sent
  int64_t retry_every_us = 500000;  // the same, while the last one is unanswered
};

// What a frame is expected to need, there and back, without the time of the server.
struct LinkEstimate {
  double delay_us = 0;
  double transfer_us = 0;  // bytes * pace
  double variance = 0;     // us^2, of the sum
};

class LinkEstimator {
 public:
  static constexpr int64_t kMostBytes = int64_t{1} << 32;

  // Errors: an option out of bounds.
  Status Init(const LinkOptions& options);

  // A frame, or a probe, was given to the link. Errors: bytes or time out of bounds.
  Status Sent(int64_t bytes, int64_t now_us);

  // An answer came: the frame of `bytes` was sent at `sent_us`, and the server says that it needed
  // `server_us` of the time. Errors: bytes or times out of bounds, or in the wrong order; the
  // estimate is then unchanged.
  Status Answered(int64_t bytes, int64_t sent_us, int64_t answered_us, int64_t server_us);

  // A ping of `bytes` was sent at `sent_us` and its echo came: what the link does to almost
  // nothing. Frames of one size cannot tell delay and rate apart; with pings they can. Errors: as
  // Answered.
  Status Ponged(int64_t bytes, int64_t sent_us, int64_t answered_us);

  // The transport says that the connection is gone.
  void Lost() { lost_ = true; }

  // False from the moment on at which a frame has been silent for too long, until any answer comes.
  bool IsUp(int64_t now_us) const;

  // Whether a probe should be sent, because nothing was sent for so long.
  bool WantsProbe(int64_t now_us) const;

  // For how long the oldest unanswered frame has been silent; 0 when there is none.
  int64_t SilenceUs(int64_t now_us) const;

  // How long it will take until the frame that is on its way is answered; 0 when there is none.
  double BusyUs(int64_t now_us) const;

  LinkEstimate Predict(int64_t bytes, int64_t now_us) const;

  // By how many deviations frames have been later than predicted.
  const ErrorDistribution& errors() const { return errors_; }

  double rate() const { return 1e6 / pace_; }  // bytes/s
  double delay_us() const { return delay_; }

 private:
  static constexpr int64_t kNever = -1;
  struct Covariance {
    double delay = 0, both = 0, pace = 0;
  };

  void MakeUnsure();
  Covariance Drifted(int64_t now_us) const;
  void DriftTo(int64_t now_us);
  void Correct(double bytes, double time_us);
  void Move(double bytes, double error);

  LinkOptions options_;
  double delay_ = 0, pace_ = 1;  // us, us per byte
  Covariance covariance_;
  double noise_ = 0;  // us^2
  int strange_ = 0;   // side of the last measurement if it was far off: -1, 0, 1
  ErrorDistribution errors_;
  bool lost_ = false;
  int64_t estimated_us_ = kNever;  // when the states were last corrected
  int64_t last_sent_us_ = kNever;
  int64_t last_sent_bytes_ = 0;
  int64_t last_answer_us_ = kNever;
  int64_t waiting_since_us_ = kNever;  // for a sign of life
};

}  // namespace slim

#endif  // SLIMSPLIT_SPLIT_CONTROL_LINK_ESTIMATOR_H_
