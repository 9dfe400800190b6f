#include "split/control/decision.h"

#include <math.h>

namespace slim {
namespace {

// Text in lent memory, cut where that ends.
class Line {
 public:
  Line(char* out, int size) : out_(out), size_(size) { out_[0] = '\0'; }

  void Add(const char* text) {
    for (; *text != '\0' && length_ + 1 < size_; ++text) out_[length_++] = *text;
    out_[length_] = '\0';
  }

  void AddCount(int64_t count) {
    char digits[24];
    int first = sizeof(digits) - 1;
    digits[first] = '\0';
    do {
      digits[--first] = static_cast<char>('0' + count % 10);
      count /= 10;
    } while (count > 0);
    Add(digits + first);
  }

  // "118 ms", "8.3 ms": tenths below 10.
  void AddMs(double us) {
    const double most = 1e15;
    us = us >= 0 ? fmin(us, most) : 0;
    const int64_t tenths = static_cast<int64_t>(us / 100 + 0.5);
    if (tenths >= 100) {
      AddCount((tenths + 5) / 10);
    } else {
      AddCount(tenths / 10);
      Add(".");
      AddCount(tenths % 10);
    }
    Add(" ms");
  }

  void AddMode(const ModeTable& table, int mode) {
    if (mode == kLocalMode) {
      Add("the local exit");
    } else if (table.modes[mode].name != nullptr) {
      Add(table.modes[mode].name);
    } else {
      Add("mode ");
      AddCount(mode);
    }
  }

  int length() const { return length_; }

 private:
  char* out_;
  int size_, length_ = 0;
};

}  // namespace

int PrintReason(const Decision& decision, const ModeTable& table, char* out, int size) {
  SLIM_ASSERT(size >= 1);
  Line line(out, size);
  if (decision.binding == Binding::kLinkDown) {
    line.Add("the link has been silent for ");
    line.AddMs(static_cast<double>(decision.silence_us));
    return line.length();
  }
  if (!decision.in_time) {
    line.Add("nothing fits ");
    line.AddMs(static_cast<double>(decision.time_left_us));
    if (decision.better != kNoMode) line.Add("; ");
  }
  if (decision.better == kNoMode) {
    if (decision.in_time) line.Add("no mode is better");
    return line.length();
  }
  line.AddMode(table, decision.better);
  if (decision.binding == Binding::kBytes) {
    line.Add(" would send ");
    line.AddCount(table.modes[decision.better].payload_bytes);
    line.Add(" bytes, too many");
    return line.length();
  }
  line.Add(" would take ");
  line.AddMs(decision.better_time.TotalUs());
  switch (decision.binding) {
    case Binding::kHead:
      line.Add(" on this device");
      break;
    case Binding::kWait:
      line.Add(" behind the frame before");
      break;
    case Binding::kDelay:
      line.Add(" with this delay");
      break;
    case Binding::kRate:
      line.Add(" at this rate");
      break;
    case Binding::kServer:
      line.Add(" with this server");
      break;
    case Binding::kUncertainty:
      line.Add(" at worst, ");
      line.AddMs(decision.better_time.MeanUs());
      line.Add(" on average");
      break;
    case Binding::kPatience:
      line.Add(", but has not fitted for long");
      break;
    case Binding::kFixed:
      line.Add(", but the mode is fixed");
      break;
    case Binding::kNothing:
    case Binding::kBytes:
    case Binding::kLinkDown:
      break;
  }
  return line.length();
}

}  // namespace slim
