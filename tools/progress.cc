#include "tools/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <chrono>

namespace slim {
namespace {

constexpr int kBarWidth = 24;

// "1:02:03" or "2:03".
std::string Clock(double seconds) {
  const int64_t s = static_cast<int64_t>(seconds + 0.5);
  char text[32];
  if (s >= 3600) {
    snprintf(text, sizeof(text), "%d:%02d:%02d", static_cast<int>(s / 3600),
             static_cast<int>(s / 60 % 60), static_cast<int>(s % 60));
  } else {
    snprintf(text, sizeof(text), "%d:%02d", static_cast<int>(s / 60), static_cast<int>(s % 60));
  }
  return text;
}

}  // namespace

double SecondsNow() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

Progress::Progress(const std::string& title, int64_t total, int64_t done, bool quiet)
    : title_(title),
      total_(total),
      first_(done),
      quiet_(quiet),
      terminal_(isatty(STDERR_FILENO) != 0 && getenv("NO_PROGRESS") == nullptr),
      start_(SecondsNow()),
      drawn_(terminal_ ? 0 : start_) {}

Progress::~Progress() { Clear(); }

void Progress::Update(int64_t done, const std::string& note) {
  if (quiet_) return;
  const double now = SecondsNow();
  if (now - drawn_ < (terminal_ ? 0.1 : 15.0)) return;
  drawn_ = now;
  Draw(done, note, now);
}

void Progress::Clear() {
  if (visible_) fprintf(stderr, "\r\033[K");
  visible_ = false;
}

void Progress::Draw(int64_t done, const std::string& note, double now) {
  const double part = total_ > 0 ? static_cast<double>(done) / static_cast<double>(total_) : 1;
  std::string left = "?";
  if (done > first_) {
    left = Clock((now - start_) / static_cast<double>(done - first_) *
                 static_cast<double>(total_ - done));
  }
  if (!terminal_) {
    fprintf(stderr, "%s %3.0f %%  %s left  %s\n", title_.c_str(), 100 * part, left.c_str(),
            note.c_str());
    return;
  }
  std::string bar;
  for (int i = 0; i < kBarWidth; ++i) bar += i < part * kBarWidth ? "\u2588" : "\u2591";
  fprintf(stderr, "\r%s %s %3.0f %%  %s left  %s\033[K", title_.c_str(), bar.c_str(), 100 * part,
          left.c_str(), note.c_str());
  visible_ = true;
}

}  // namespace slim
