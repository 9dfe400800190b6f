#include "split/link/frame_window_host.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace slim {

using Kind = FrameOutcome::Kind;

FrameOutcome& FrameWindow::End(const Tracked& tracked, Kind kind) {
  FrameOutcome outcome;
  outcome.kind = kind;
  outcome.frame_id = tracked.frame.id;
  outcome.row = tracked.frame.row;
  outcome.payload_bytes = tracked.frame.payload_bytes;
  outcome.sent_us = tracked.sent_us;
  outcomes_.push_back(std::move(outcome));
  return outcomes_.back();
}

void FrameWindow::Submit(Frame frame, int64_t now_us) {
  if (waiting_) End(*waiting_, Kind::kReplaced);
  waiting_ = Tracked{std::move(frame)};
  Expire(now_us);
}

std::optional<std::vector<uint8_t>> FrameWindow::Next(int64_t now_us) {
  if (!waiting_ || static_cast<int>(flying_.size()) >= size_) return std::nullopt;
  std::vector<uint8_t> bytes = std::move(waiting_->frame.bytes);
  flying_.push_back(std::move(*waiting_));
  flying_.back().sent_us = now_us;
  waiting_.reset();
  return bytes;
}

std::optional<FrameWindow::Tracked> FrameWindow::TakeFlying(uint64_t id, std::optional<int> row) {
  for (auto each = flying_.begin(); each != flying_.end(); ++each) {
    if (each->frame.id != id || (row && each->frame.row != *row)) continue;
    Tracked tracked = std::move(*each);
    flying_.erase(each);
    return tracked;
  }
  return std::nullopt;
}

bool FrameWindow::Answered(uint64_t id, int row, int64_t server_us, std::vector<uint8_t> body,
                           int64_t now_us) {
  Expire(now_us);
  const std::optional<Tracked> tracked = TakeFlying(id, row);
  if (!tracked) return false;
  FrameOutcome& outcome = End(*tracked, tracked->expired ? Kind::kLate : Kind::kAnswered);
  outcome.answered_us = now_us;
  outcome.server_us = server_us;
  outcome.answer = std::move(body);
  return true;
}

bool FrameWindow::Refused(uint64_t id, const std::string& text, int64_t now_us) {
  Expire(now_us);
  const std::optional<Tracked> tracked = TakeFlying(id, std::nullopt);
  if (!tracked) return false;
  if (!tracked->expired) End(*tracked, Kind::kRefused).text = text;
  return true;
}

void FrameWindow::Expire(int64_t now_us) {
  for (Tracked& tracked : flying_) {
    if (tracked.expired || tracked.frame.deadline_us > now_us) continue;
    tracked.expired = true;
    End(tracked, Kind::kExpired);
  }
  if (waiting_ && waiting_->frame.deadline_us <= now_us) {
    End(*waiting_, Kind::kExpired);
    waiting_.reset();
  }
}

void FrameWindow::Lose(const std::string& text) {
  if (waiting_) flying_.push_back(std::move(*waiting_));
  waiting_.reset();
  for (const Tracked& tracked : flying_) {
    if (!tracked.expired) End(tracked, Kind::kLost).text = text;
  }
  flying_.clear();
}

int64_t FrameWindow::NextDeadlineUs() const {
  int64_t next = std::numeric_limits<int64_t>::max();
  for (const Tracked& tracked : flying_) {
    if (!tracked.expired) next = std::min(next, tracked.frame.deadline_us);
  }
  return waiting_ ? std::min(next, waiting_->frame.deadline_us) : next;
}

std::vector<FrameOutcome> FrameWindow::TakeOutcomes() { return std::exchange(outcomes_, {}); }

}  // namespace slim
