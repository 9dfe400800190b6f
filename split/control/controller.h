// Controller: chooses for each frame the mode of the highest expected accuracy.
//
//   time(mode)  = head + wait for the frame before + delay + transfer + server, each estimated
//   fits        = in time with a probability of at least 1 - risk
//   worth(mode) = accuracy * probability of being in time
//
// Of the modes that fit, that of the greatest worth is best. A mode that no longer fits is left at
// once; a better one is taken only after one has been better several times in a row. The local exit
// counts as one more mode, which sends nothing; while it is in use a small probe goes out now and
// then, so that the return or recovery of the link is noticed.
//
// No clock, no memory, no randomness: the same calls give the same decisions.
// (The rule of Slimmable Encoders, WoWMoM 2023, is the same sum with tabulated head times, a moving
// average of the rate, and 0.8 of the deadline.)
#ifndef SLIMSPLIT_SPLIT_CONTROL_CONTROLLER_H_
#define SLIMSPLIT_SPLIT_CONTROL_CONTROLLER_H_

#include <stdint.h>

#include "core/status.h"
#include "split/control/compute_estimator.h"
#include "split/control/decision.h"
#include "split/control/link_estimator.h"
#include "split/control/mode_table.h"
#include "split/control/running_time.h"

namespace slim {

enum class Policy : uint8_t {
  kDeadline,    // the highest accuracy that is in time
  kUnderBytes,  // the same, of at most max_bytes a frame
  kMinEnergy,   // the least energy that is in time and reaches min_accuracy
  kFixed,       // fixed_mode whenever the link is up
};

struct ControlOptions {
  Policy policy = Policy::kDeadline;
  int fixed_mode = 0;
  int64_t max_bytes = 0;
  float min_accuracy = 0;
  float energy_per_mac = 1, energy_per_byte = 0;  // in any unit: a proxy, nothing is metered
  bool rescue = false;       // the device starts the local answer at Decision::local_at_us
  float risk = 0.1f;         // how often a mode may be late and still fit, 0.001 to 0.5
  int patience = 3;          // frames for which a better mode must have fitted, 1 to 1000
  double us_per_mac = 1e-3;  // until the head has been measured
  LinkOptions link;
};

class Controller {
 public:
  // Judges table and options; `table.modes` must outlive this.
  Status Init(const ModeTable& table, const ControlOptions& options);

  // What to do with a frame of which the answer is due in `time_left_us`. Times out of bounds count
  // as the nearest bound.
  Decision Decide(int64_t now_us, int64_t time_left_us);

  // What happened then. `mode` is of the table or kLocalMode. Errors, after which nothing has
  // changed: see ComputeEstimator::Observe, LinkEstimator::Sent and Answered.
  Status HeadTook(int mode, int64_t us);
  Status Sent(int64_t bytes, int64_t now_us) { return link_.Sent(bytes, now_us); }
  Status Answered(int64_t bytes, int64_t sent_us, int64_t answered_us, int64_t server_us);
  Status Ponged(int64_t bytes, int64_t sent_us, int64_t answered_us) {
    return link_.Ponged(bytes, sent_us, answered_us);
  }
  void LinkLost() { link_.Lost(); }

  const ModeTable& table() const { return table_; }
  const LinkEstimator& link() const { return link_; }
  const ComputeEstimator& compute() const { return compute_; }

 private:
  // The circumstances of one decision.
  struct Moment {
    int64_t now_us = 0, left_us = 0;
    bool link_up = true;
    double margin = 0;
  };

  int FirstMode() const { return table_.local.present ? kLocalMode : 0; }
  int RowOf(int mode) const;
  int64_t BytesOf(int mode) const;
  double AccuracyOf(int mode) const;
  double EnergyOf(int mode) const;
  bool IsBetter(int a, int b) const;
  double Worth(int mode, const Moment& at) const;
  bool Prefers(int a, int b, const Moment& at, double gain) const;
  bool IsUsable(int mode, const Moment& at) const;
  ModeTime Predict(int mode, const Moment& at) const;
  bool Fits(int mode, const Moment& at) const;
  int SmallestMode() const;
  int BestMode(const Moment& at) const;
  int Choose(const Moment& at);
  void Explain(const Moment& at, Decision* decision) const;

  ModeTable table_;
  ControlOptions options_;
  ComputeEstimator compute_;
  LinkEstimator link_;
  RunningTime server_;
  int current_ = kNoMode;
  int fitted_ = 0;  // frames in a row for which a better mode than the current has fitted
};

}  // namespace slim

#endif  // SLIMSPLIT_SPLIT_CONTROL_CONTROLLER_H_
