// FrameWindow: which frames of a head are on their way, which one waits, and what became of each.
//
// Few frames are on their way at a time, and one waits: the newest, for an old image is worth
// nothing. Every frame has exactly one outcome, but one whose answer comes too late has two:
// kExpired at its deadline and kLate when the answer comes. An answer belongs to the frame of its
// id, of its connection, or to none.
#ifndef SLIMSPLIT_SPLIT_LINK_FRAME_WINDOW_HOST_H_
#define SLIMSPLIT_SPLIT_LINK_FRAME_WINDOW_HOST_H_

#include <stdint.h>

#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace slim {

struct FrameOutcome {
  enum class Kind : uint8_t {
    kAnswered,
    kRefused,   // `text` says why
    kReplaced,  // by a newer frame while it waited; was never sent
    kExpired,   // its deadline has passed; whether it was sent shows sent_us
    kLost,      // the link went down, or was down
    kLate,      // the answer to a frame that had expired
  };

  Kind kind = Kind::kLost;
  uint64_t frame_id = 0;
  int row = 0;
  int64_t payload_bytes = 0;
  int64_t sent_us = -1, answered_us = -1;  // see NowUs; -1: it was not
  int64_t server_us = 0;        // of an answer: the part of the time that is the server's
  std::vector<uint8_t> answer;  // its body
  std::string text;
};

// No clock and no thread of its own.
class FrameWindow {
 public:
  struct Frame {
    uint64_t id = 0;
    int row = 0;
    int64_t payload_bytes = 0;
    int64_t deadline_us = 0;
    std::vector<uint8_t> bytes;  // as on the wire
  };

  // `size` frames may be on their way at once.
  explicit FrameWindow(int size) : size_(size) {}

  // Ids increase from call to call.
  void Submit(Frame frame, int64_t now_us);

  // The bytes of the frame that is to be sent now, if there is one.
  std::optional<std::vector<uint8_t>> Next(int64_t now_us);

  // False: no such frame of this row is on its way.
  bool Answered(uint64_t id, int row, int64_t server_us, std::vector<uint8_t> body, int64_t now_us);
  bool Refused(uint64_t id, const std::string& text, int64_t now_us);

  // Ends what is due at or before `now_us`.
  void Expire(int64_t now_us);

  // The link is down: what is on its way or waits is lost.
  void Lose(const std::string& text);

  // Nothing is on its way and nothing waits.
  bool idle() const { return flying_.empty() && !waiting_; }

  // When Expire will have something to do; a far moment when never.
  int64_t NextDeadlineUs() const;

  // What has become of frames since the last call.
  std::vector<FrameOutcome> TakeOutcomes();

 private:
  struct Tracked {
    Frame frame;
    int64_t sent_us = -1;
    bool expired = false;
  };

  FrameOutcome& End(const Tracked& tracked, FrameOutcome::Kind kind);
  std::optional<Tracked> TakeFlying(uint64_t id, std::optional<int> row);

  const int size_;
  std::deque<Tracked> flying_;
  std::optional<Tracked> waiting_;
  std::vector<FrameOutcome> outcomes_;
};

}  // namespace slim

#endif  // SLIMSPLIT_SPLIT_LINK_FRAME_WINDOW_HOST_H_
