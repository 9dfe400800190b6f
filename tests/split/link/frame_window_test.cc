// The parts of links that have neither clock nor thread, by hand.
#include <math.h>

#include <limits>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "split/link/frame_window_host.h"
#include "split/link/link_damage_host.h"
#include "split/link/link_pulse_host.h"
#include "split/link/link_road_host.h"

namespace slim {
namespace {

using Kind = FrameOutcome::Kind;

FrameWindow::Frame FrameOfId(uint64_t id, int64_t deadline_us, int row = 0) {
  return {id, row, 10, deadline_us, {static_cast<uint8_t>(id)}};
}

// The outcomes since the last call, as "id kind" of one letter each.
std::string Story(FrameWindow* window) {
  std::string story;
  for (const FrameOutcome& outcome : window->TakeOutcomes()) {
    story += std::to_string(outcome.frame_id) + "AFRELT"[static_cast<int>(outcome.kind)] + " ";
  }
  return story;  // Answered, reFused, Replaced, Expired, Lost, laTe
}

bool Answer(FrameWindow* window, uint64_t id, int64_t now_us, int row = 0) {
  return window->Answered(id, row, 3, {1}, now_us);
}

TEST(FrameWindow, TheNewestFrameWaits) {
  FrameWindow window(1);
  EXPECT_FALSE(window.Next(0));
  window.Submit(FrameOfId(1, 100), 0);
  EXPECT_EQ(window.Next(5), std::vector<uint8_t>{1});
  window.Submit(FrameOfId(2, 100), 6);
  EXPECT_FALSE(window.Next(6));
  window.Submit(FrameOfId(3, 100), 7);
  EXPECT_EQ(Story(&window), "2R ");
  ASSERT_TRUE(Answer(&window, 1, 8));
  const std::vector<FrameOutcome> outcomes = window.TakeOutcomes();
  ASSERT_EQ(outcomes.size(), 1u);
  EXPECT_EQ(outcomes[0].kind, Kind::kAnswered);
  EXPECT_EQ(outcomes[0].frame_id, 1u);
  EXPECT_EQ(outcomes[0].payload_bytes, 10);
  EXPECT_EQ(outcomes[0].sent_us, 5);
  EXPECT_EQ(outcomes[0].answered_us, 8);
  EXPECT_EQ(outcomes[0].server_us, 3);
  EXPECT_EQ(outcomes[0].answer, std::vector<uint8_t>{1});
  EXPECT_EQ(window.Next(9), std::vector<uint8_t>{3});
}

TEST(FrameWindow, AWindowOfTwo) {
  FrameWindow window(2);
  for (uint64_t id = 1; id <= 2; ++id) {
    window.Submit(FrameOfId(id, 100), 0);
    EXPECT_TRUE(window.Next(0));
  }
  window.Submit(FrameOfId(3, 100), 0);
  EXPECT_FALSE(window.Next(0));
  EXPECT_TRUE(Answer(&window, 2, 1));  // not in order
  EXPECT_TRUE(window.Next(1));
  EXPECT_TRUE(Answer(&window, 1, 2));
  EXPECT_TRUE(Answer(&window, 3, 2));
  EXPECT_EQ(Story(&window), "2A 1A 3A ");
}

TEST(FrameWindow, DeadlinesPass) {
  FrameWindow window(1);
  EXPECT_EQ(window.NextDeadlineUs(), std::numeric_limits<int64_t>::max());
  window.Submit(FrameOfId(1, 100), 0);
  window.Next(0);
  window.Submit(FrameOfId(2, 90), 0);
  EXPECT_EQ(window.NextDeadlineUs(), 90);
  window.Expire(89);
  EXPECT_EQ(Story(&window), "");
  window.Expire(90);
  EXPECT_EQ(Story(&window), "2E ");
  EXPECT_EQ(window.NextDeadlineUs(), 100);
  EXPECT_TRUE(Answer(&window, 1, 100));
  EXPECT_EQ(Story(&window), "1E 1T ");
  window.Submit(FrameOfId(3, 100), 100);
  EXPECT_EQ(Story(&window), "3E ");
  EXPECT_FALSE(window.Next(100));
}

TEST(FrameWindow, AnExpiredFrameKeepsItsPlaceUntilItIsAnswered) {
  FrameWindow window(1);
  window.Submit(FrameOfId(1, 10), 0);
  window.Next(0);
  window.Submit(FrameOfId(2, 100), 20);
  EXPECT_FALSE(window.Next(20));
  EXPECT_TRUE(window.Refused(1, "no", 30));  // its outcome was that it expired
  EXPECT_EQ(Story(&window), "1E ");
  EXPECT_TRUE(window.Next(30));
}

TEST(FrameWindow, AnAnswerBelongsToItsFrameOrToNone) {
  FrameWindow window(2);
  window.Submit(FrameOfId(1, 100, 4), 0);
  window.Next(0);
  window.Submit(FrameOfId(2, 100, 5), 0);
  EXPECT_FALSE(Answer(&window, 2, 1, 5));  // waits
  EXPECT_FALSE(Answer(&window, 3, 1, 4));
  EXPECT_FALSE(window.Refused(3, "no", 1));
  EXPECT_TRUE(Answer(&window, 1, 1, 4));
  EXPECT_FALSE(Answer(&window, 1, 1, 4));  // once
  window.Next(2);
  EXPECT_FALSE(Answer(&window, 2, 3, 4));  // of another row
  window.Lose("gone");
  EXPECT_EQ(Story(&window), "1A 2L ");
}

TEST(FrameWindow, LosesAllOnce) {
  FrameWindow window(2);
  for (uint64_t id = 1; id <= 3; ++id) {
    window.Submit(FrameOfId(id, id == 1 ? 10 : 100), 0);
    window.Next(0);
  }
  window.Expire(10);
  window.Lose("gone");
  EXPECT_EQ(Story(&window), "1E 2L 3L ");
  window.Lose("gone");
  EXPECT_EQ(Story(&window), "");
  EXPECT_FALSE(Answer(&window, 2, 20));
  EXPECT_FALSE(window.Next(20));
}

TEST(LinkPulse, DeathIsNoticedWithinASecond) {
  const PulseOptions options;
  LinkPulse pulse(options);
  pulse.Heard(1000);
  EXPECT_EQ(pulse.PingUs(), 201000);
  EXPECT_EQ(pulse.DeadUs(), LinkPulse::kNever);
  pulse.Pinged(201000);
  EXPECT_EQ(pulse.PingUs(), LinkPulse::kNever);
  EXPECT_EQ(pulse.DeadUs(), 901000);
  pulse.Heard(300000);
  EXPECT_EQ(pulse.PingUs(), 500000);
  EXPECT_EQ(pulse.DeadUs(), LinkPulse::kNever);
  EXPECT_LT(options.ping_every_us + options.silence_us, 1000000);
  EXPECT_LT(options.attempt_us + options.most_rest_us, 2000000);
}

TEST(LinkPulse, RestsLongerEachTimeUntilItIsUp) {
  LinkPulse pulse((PulseOptions()));
  for (const int64_t rest_us : {50000, 100000, 200000, 250000, 250000}) {
    EXPECT_EQ(pulse.RestUs(), rest_us);
  }
  pulse.Up();
  EXPECT_EQ(pulse.RestUs(), 50000);
}

TEST(LinkRoad, TakesTheTimeOfTheProfile) {
  // 1000 bytes/s for 2 s, then nothing for a second, then 500.
  const LinkProfile profile("x", {{0, 1000, 0.5, 0, 0}, {2, 0, 0, 0, 0}, {3, 500, 0, 0, 0}});
  LinkRoad road(&profile);
  Random random(1);
  EXPECT_DOUBLE_EQ(road.Leave(0, 100), 0.1);
  EXPECT_DOUBLE_EQ(road.Leave(0, 100), 0.2);  // behind the other
  EXPECT_DOUBLE_EQ(road.Leave(1, 100), 1.1 - LinkRoad::kSlack);
  EXPECT_DOUBLE_EQ(road.Leave(1.9, 200), 3.2 - 2 * LinkRoad::kSlack);
  EXPECT_DOUBLE_EQ(road.Travel(0, &random), 0.5);
  EXPECT_DOUBLE_EQ(road.Travel(3, &random), 0);
}

TEST(LinkRoad, ALossIsADelayAndNothingForEverIsInfinite) {
  const LinkProfile profile("x", {{0, 1000, 0, 0, 1}, {1, 0, 0, 0.25, 0}});
  LinkRoad road(&profile);
  Random random(1);
  EXPECT_NEAR(road.Travel(0, &random), 0.2 * 255, 1e-9);  // eight losses, each twice as long
  EXPECT_EQ(road.Leave(5, 1), INFINITY);
  double sum = 0;
  for (int i = 0; i < 10000; ++i) sum += road.Travel(1, &random);
  EXPECT_NEAR(sum / 10000, 0.25, 0.0125);  // five deviations
}

TEST(LinkDamage, IsTheSameHoweverTheBytesAreDivided) {
  constexpr int kBytes = 1 << 20;
  LinkDamage whole(100, 0, Random(7)), parts(100, 0, Random(7)), none(0, 0, Random(7));
  std::vector<uint8_t> a(kBytes), b(kBytes), c(kBytes);
  EXPECT_EQ(whole.Damage(a.data(), kBytes), kBytes);
  for (int at = 0, size = 1; at < kBytes; at += size, size = 1 + (7 * size + 3) % 1460) {
    size = std::min(size, kBytes - at);
    EXPECT_EQ(parts.Damage(b.data() + at, size), size);
  }
  none.Damage(c.data(), kBytes);
  EXPECT_EQ(a, b);
  EXPECT_EQ(c, std::vector<uint8_t>(kBytes));
  int64_t bits = 0;
  for (const uint8_t byte : a) bits += __builtin_popcount(byte);
  EXPECT_EQ(bits, whole.flips());
  EXPECT_NEAR(static_cast<double>(bits), 100, 50);  // five deviations
}

TEST(LinkDamage, CutsOncePerGapOnAverage) {
  double bytes = 0;
  std::vector<uint8_t> buffer(1000);
  for (uint64_t i = 0; i < 1000; ++i) {
    LinkDamage damage(0, 64, Random(i));
    int64_t pass = 1000;
    while (pass == 1000) bytes += static_cast<double>(pass = damage.Damage(buffer.data(), 1000));
  }
  EXPECT_NEAR(bytes / 1000, 16384, 5 * 16384 / sqrt(1000));
}

}  // namespace
}  // namespace slim
