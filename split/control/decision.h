// Decision: what to do with a frame, and why, as data and as a sentence.
#ifndef SLIMSPLIT_SPLIT_CONTROL_DECISION_H_
#define SLIMSPLIT_SPLIT_CONTROL_DECISION_H_

#include <stdint.h>

#include "split/control/mode_table.h"

namespace slim {

inline constexpr int kLocalMode = -1;  // where a mode's index is meant: the local exit
inline constexpr int kNoMode = -2;

// The parts of a mode's predicted time, in us.
struct ModeTime {
  double head = 0, wait = 0, delay = 0, transfer = 0, server = 0;
  double deviation = 0;  // standard deviation of the sum
  double margin = 0;     // deviations kept free

  double MeanUs() const { return head + wait + delay + transfer + server; }
  double TotalUs() const { return MeanUs() + margin * deviation; }
};

// Why a better mode was not chosen: its largest part, or a rule. kLinkDown also where none is
// better.
enum class Binding : uint8_t {
  kNothing,  // no mode is better
  kHead,
  kWait,  // for the frame before
  kDelay,
  kRate,
  kServer,
  kUncertainty,  // it would fit on average, but not safely
  kPatience,     // it fits, but has not for long
  kBytes,        // more than max_bytes
  kLinkDown,
  kFixed,
};

// What to do with a frame, and why.
struct Decision {
  int mode = kNoMode;    // of the table, or kLocalMode
  bool in_time = false;  // whether it is predicted to be
  ModeTime time;
  int64_t time_left_us = 0;

  // Start the local answer at this moment if no other has come; -1 without a local exit.
  int64_t local_at_us = -1;

  // Send also a small probe (a ping, or this frame in that mode), to learn about the link.
  bool probe = false;
  int probe_mode = kNoMode;

  // The next better mode, or kNoMode.
  int better = kNoMode;
  ModeTime better_time;
  Binding binding = Binding::kNothing;
  int64_t silence_us = 0;  // how long the link has been silent
};

// Writes the reason, e.g. "0.75 would take 118 ms at this rate", into `out` of `size` >= 1 bytes:
// cut where it does not fit, always closed by a NUL. Returns the length without the NUL.
int PrintReason(const Decision& decision, const ModeTable& table, char* out, int size);

}  // namespace slim

#endif  // SLIMSPLIT_SPLIT_CONTROL_DECISION_H_
