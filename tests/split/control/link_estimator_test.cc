#include "split/control/link_estimator.h"

#include <math.h>

#include "core/random.h"
#include "gtest/gtest.h"

namespace slim {
namespace {

constexpr int64_t kSecond = 1000000;

// One frame each 100 ms over a link of that delay and rate; the server needs 5 ms.
void Play(LinkEstimator* link, int64_t* now, int64_t bytes, double delay_us, double rate) {
  const int64_t server = 5000;
  const int64_t time = llround(delay_us + 1e6 * static_cast<double>(bytes) / rate) + server;
  ASSERT_TRUE(link->Sent(bytes, *now).ok());
  ASSERT_TRUE(link->Answered(bytes, *now, *now + time, server).ok());
  *now += 100000 + time;
}

LinkEstimator Started(double rate, int64_t delay_us) {
  LinkOptions options;
  options.start_rate = rate;
  options.start_delay_us = delay_us;
  LinkEstimator link;
  EXPECT_TRUE(link.Init(options).ok());
  return link;
}

TEST(LinkEstimator, OneCorrectionByHand) {
  // Pace 10 us per byte with variance 5^2, delay 0 with 200^2, noise 100^2.
  LinkEstimator link = Started(1e5, 0);
  EXPECT_DOUBLE_EQ(link.Predict(100, 0).transfer_us, 1000);
  EXPECT_DOUBLE_EQ(link.Predict(100, 0).variance, 40000 + 100 * 100 * 25 + 10000);
  ASSERT_TRUE(link.Sent(100, 0).ok());
  ASSERT_TRUE(link.Answered(100, 0, 1700, 200).ok());  // 1500 on the link: an error of 500
  // Gains 40000 / 300000 and 2500 / 300000.
  EXPECT_NEAR(link.delay_us(), 66.6667, 1e-3);
  EXPECT_NEAR(1e6 / link.rate(), 14.16667, 1e-4);
  // 34666.67 - 2 * 100 * 333.33 + 100^2 * 4.16667 + 10000
  EXPECT_NEAR(link.Predict(100, 1700).variance, 19666.67, 0.01);
}

TEST(LinkEstimator, SizesTellDelayFromRate) {
  LinkEstimator link = Started(100e3, 20000);
  int64_t now = 0;
  for (int i = 0; i < 40; ++i) Play(&link, &now, i % 2 == 0 ? 200 : 2000, 35000, 50e3);
  EXPECT_NEAR(link.rate(), 50e3, 2e3);
  EXPECT_NEAR(link.delay_us(), 35000, 1500);
}

TEST(LinkEstimator, KnowsThatOneSizeDoesNotTellThemApart) {
  LinkEstimator link = Started(100e3, 20000);
  int64_t now = 0;
  for (int i = 0; i < 40; ++i) Play(&link, &now, 1000, 35000, 50e3);
  const LinkEstimate same = link.Predict(1000, now), other = link.Predict(4000, now);
  EXPECT_NEAR(same.delay_us + same.transfer_us, 55000, 550);
  EXPECT_GT(other.variance, 4 * same.variance);
}

// As above, and now and then a ping of almost no bytes.
TEST(LinkEstimator, PingsTellThemApart) {
  LinkEstimator link = Started(100e3, 20000);
  int64_t now = 0;
  for (int i = 0; i < 40; ++i) {
    Play(&link, &now, 1000, 35000, 50e3);
    if (i % 4 > 0) continue;
    ASSERT_TRUE(link.Ponged(32, now, now + 35640).ok());
  }
  EXPECT_NEAR(link.delay_us(), 35000, 1500);
  EXPECT_NEAR(link.rate(), 50e3, 2e3);
  const LinkEstimate other = link.Predict(4000, now);
  EXPECT_NEAR(other.delay_us + other.transfer_us, 115000, 5000);
}

// A ping is no frame: neither is a step of the rate overlooked for its sake, nor does it count for
// the answer before a frame's.
TEST(LinkEstimator, PingsBetweenFramesChangeNothingElse) {
  LinkEstimator link = Started(100e3, 20000);
  int64_t now = 0;
  for (int i = 0; i < 40; ++i) {
    Play(&link, &now, 2000, 20000, 100e3);
    ASSERT_TRUE(link.Ponged(32, now, now + 20320).ok());
  }
  for (int i = 0; i < 6; ++i) {
    Play(&link, &now, 2000, 20000, 20e3);
    ASSERT_TRUE(link.Ponged(32, now, now + 21600).ok());
  }
  EXPECT_NEAR(link.rate(), 20e3, 3e3);
  const LinkEstimate before = link.Predict(2000, now);
  ASSERT_TRUE(link.Sent(2000, now).ok());
  const double silence = static_cast<double>(link.SilenceUs(now + 100000));
  ASSERT_TRUE(link.Ponged(32, now - 10, now + 21600).ok());
  EXPECT_EQ(link.SilenceUs(now + 100000), silence);
  // The frame takes as long as was foreseen, counted from when it was sent.
  const double takes = before.delay_us + before.transfer_us;
  ASSERT_TRUE(link.Answered(2000, now, now + llround(takes), 0).ok());
  const LinkEstimate after = link.Predict(2000, now);
  EXPECT_NEAR(after.delay_us + after.transfer_us, takes, 0.02 * takes);
}

TEST(LinkEstimator, GrowsUnsureInSilence) {
  LinkEstimator link = Started(100e3, 20000);
  int64_t now = 0;
  for (int i = 0; i < 40; ++i) Play(&link, &now, 200 + 100 * (i % 5), 20000, 100e3);
  const LinkEstimate fresh = link.Predict(500, now), old = link.Predict(500, now + 10 * kSecond);
  EXPECT_EQ(fresh.transfer_us, old.transfer_us);
  EXPECT_GT(old.variance, 2 * fresh.variance);
  // In ten seconds the pace of 10 us per byte drifts by 3.16, the delay by 3.8 ms.
  const double grown = link.Predict(5000, now + 10 * kSecond).variance;
  EXPECT_NEAR(grown - link.Predict(5000, now).variance, 2.5e8 + 1.4e7, 4e7);
  // But not without end.
  const double much = link.Predict(500, now + 10000 * kSecond).variance;
  EXPECT_NEAR(link.Predict(500, now + 20000 * kSecond).variance, much, 1e-3 * much);
}

TEST(LinkEstimator, FollowsAStepWithinSixFramesButNotOneHiccup) {
  for (const double after : {20e3, 500e3}) {
    LinkEstimator link = Started(100e3, 20000);
    int64_t now = 0;
    for (int i = 0; i < 40; ++i) Play(&link, &now, 1000 + 1000 * (i % 3), 20000, 100e3);
    Play(&link, &now, 2000, 220000, 100e3);  // a hiccup of 200 ms
    const double slowed = link.Predict(2000, now).transfer_us + link.Predict(2000, now).delay_us;
    EXPECT_LT(slowed, 60000);
    for (int i = 0; i < 10; ++i) Play(&link, &now, 1000 + 1000 * (i % 3), 20000, 100e3);
    for (int i = 0; i < 6; ++i) Play(&link, &now, 1000 + 1000 * (i % 3), 20000, after);
    const LinkEstimate estimate = link.Predict(2000, now);
    EXPECT_NEAR(estimate.delay_us + estimate.transfer_us, 20000 + 2000e6 / after,
                0.15 * (20000 + 2000e6 / after))
        << after;
  }
}

TEST(LinkEstimator, AFrameBehindAnotherIsMeasuredFromThatAnswer) {
  LinkEstimator link = Started(100e3, 20000);
  int64_t now = 0;
  for (int i = 0; i < 50; ++i) {  // each frame needs 40 ms, the second of a pair waits for 20 ms
    ASSERT_TRUE(link.Sent(2000, now).ok());
    ASSERT_TRUE(link.Sent(2000, now + 1000).ok());
    ASSERT_TRUE(link.Answered(2000, now, now + 40000, 0).ok());
    ASSERT_TRUE(link.Answered(2000, now + 1000, now + 60000, 0).ok());
    now += 100000;
  }
  const LinkEstimate estimate = link.Predict(2000, now);
  EXPECT_LT(estimate.delay_us + estimate.transfer_us, 42000);
}

TEST(LinkEstimator, ErrorsAreAboutAsLargeAsPredicted) {
  Random random(3);
  LinkEstimator link = Started(100e3, 20000);
  int64_t now = 0;
  double squares = 0;
  const int warm_up = 100, frames = 1000;
  for (int i = 0; i < warm_up + frames; ++i) {
    const int64_t bytes = 500 + 500 * static_cast<int64_t>(random.Below(4));
    const double delay = 20000 - 3000 * log(1 - random.Uniform());
    const LinkEstimate estimate = link.Predict(bytes, now);
    const double time = delay + static_cast<double>(bytes) * 10;
    const double error = time - estimate.delay_us - estimate.transfer_us;
    if (i >= warm_up) squares += error * error / estimate.variance;
    Play(&link, &now, bytes, delay, 100e3);
  }
  EXPECT_GT(squares / frames, 0.6);
  EXPECT_LT(squares / frames, 1.6);
}

TEST(LinkEstimator, SilenceMeansDownUntilAnAnswerComes) {
  LinkEstimator link = Started(100e3, 20000);  // down after 600 ms
  EXPECT_TRUE(link.IsUp(100 * kSecond));       // nothing was sent
  EXPECT_TRUE(link.WantsProbe(0));
  ASSERT_TRUE(link.Sent(100, kSecond).ok());
  EXPECT_FALSE(link.WantsProbe(kSecond + 499999));
  EXPECT_TRUE(link.WantsProbe(kSecond + 500000));
  EXPECT_TRUE(link.IsUp(kSecond + 600000));
  EXPECT_FALSE(link.IsUp(kSecond + 600001));
  ASSERT_TRUE(link.Sent(100, 2 * kSecond).ok());  // a probe does not make it less silent
  EXPECT_FALSE(link.IsUp(2 * kSecond));
  EXPECT_EQ(link.SilenceUs(2 * kSecond), kSecond);
  ASSERT_TRUE(link.Answered(100, 2 * kSecond, 2 * kSecond + 30000, 0).ok());
  EXPECT_TRUE(link.IsUp(2 * kSecond + 30000));
  EXPECT_EQ(link.SilenceUs(9 * kSecond), 0);
  EXPECT_FALSE(link.WantsProbe(2 * kSecond + 99999));  // sooner than without an answer
  EXPECT_TRUE(link.WantsProbe(2 * kSecond + 100000));
  link.Lost();
  EXPECT_FALSE(link.IsUp(3 * kSecond));
}

TEST(LinkEstimator, AnAnswerToAnOlderFrameIsASignOfLife) {
  LinkEstimator link = Started(100e3, 20000);
  ASSERT_TRUE(link.Sent(100, 0).ok());
  ASSERT_TRUE(link.Sent(100, 400000).ok());
  ASSERT_TRUE(link.Answered(100, 0, 500000, 0).ok());
  EXPECT_EQ(link.SilenceUs(700000), 200000);
  EXPECT_TRUE(link.IsUp(1100000));
  EXPECT_FALSE(link.IsUp(1100001));
}

TEST(LinkEstimator, SaysHowLongTheFrameOnItsWayWillTake) {
  LinkEstimator link = Started(100e3, 20000);
  EXPECT_EQ(link.BusyUs(5), 0);
  ASSERT_TRUE(link.Sent(1000, kSecond).ok());
  EXPECT_NEAR(link.BusyUs(kSecond + 10000), 20000, 1);  // of 20 ms + 10 ms
  EXPECT_GT(link.BusyUs(kSecond + 300000), 0);          // late: not known, but not zero
}

TEST(LinkEstimator, JudgesWhatItIsGiven) {
  LinkEstimator link = Started(100e3, 20000);
  const LinkEstimate before = link.Predict(1000, 0);
  const int64_t most_time = int64_t{1} << 61;
  EXPECT_FALSE(link.Sent(-1, 0).ok());
  EXPECT_FALSE(link.Sent(LinkEstimator::kMostBytes + 1, 0).ok());
  EXPECT_FALSE(link.Sent(10, -1).ok());
  EXPECT_FALSE(link.Sent(10, INT64_MAX).ok());
  EXPECT_TRUE(link.IsUp(most_time));  // none of them was sent
  EXPECT_FALSE(link.Ponged(-1, 0, 10).ok());
  EXPECT_FALSE(link.Ponged(10, -1, 10).ok());
  EXPECT_FALSE(link.Ponged(10, 20, 10).ok());
  EXPECT_FALSE(link.Ponged(10, 0, INT64_MAX).ok());
  EXPECT_FALSE(link.Answered(-1, 0, 10, 0).ok());
  EXPECT_FALSE(link.Answered(INT64_MAX, 0, 10, 0).ok());
  EXPECT_FALSE(link.Answered(10, -5, 10, 0).ok());
  EXPECT_FALSE(link.Answered(10, 20, 10, 0).ok());
  EXPECT_FALSE(link.Answered(10, 0, INT64_MAX, 0).ok());
  EXPECT_FALSE(link.Answered(10, 0, 10, 11).ok());
  EXPECT_FALSE(link.Answered(10, 0, 10, -1).ok());
  EXPECT_EQ(link.Predict(1000, 0).transfer_us, before.transfer_us);
  EXPECT_EQ(link.Predict(1000, 0).variance, before.variance);

  for (const double rate : {0.0, -1.0, double(NAN), double(INFINITY)}) {
    LinkOptions options;
    options.start_rate = rate;
    EXPECT_FALSE(link.Init(options).ok()) << rate;
  }
  for (int64_t LinkOptions::*field : {&LinkOptions::start_delay_us, &LinkOptions::silence_us,
                                      &LinkOptions::probe_every_us, &LinkOptions::retry_every_us}) {
    for (const int64_t value : {int64_t{-1}, INT64_MIN, INT64_MAX}) {
      LinkOptions options;
      options.*field = value;
      EXPECT_FALSE(link.Init(options).ok()) << value;
    }
  }
}

TEST(LinkEstimator, ExtremesStayFinite) {
  Random random(4);
  LinkEstimator link = Started(1, 60000000);
  int64_t now = 0;
  for (int i = 0; i < 5000; ++i) {
    const int64_t bytes = static_cast<int64_t>(random.Below(3)) * (LinkEstimator::kMostBytes / 2);
    const int64_t time = static_cast<int64_t>(random.Below(2) ? random.Below(1000)
                                                              : random.Below(uint64_t{1} << 40));
    ASSERT_TRUE(link.Sent(bytes, now).ok());
    ASSERT_TRUE(link.Answered(bytes, now, now + time, random.Below(2) ? time : 0).ok());
    now += time;
    for (const int64_t at : {INT64_MIN, int64_t{0}, now, INT64_MAX}) {
      const LinkEstimate estimate = link.Predict(LinkEstimator::kMostBytes, at);
      ASSERT_TRUE(isfinite(estimate.delay_us) && estimate.delay_us >= 0);
      ASSERT_TRUE(isfinite(estimate.transfer_us) && estimate.transfer_us > 0);
      ASSERT_TRUE(isfinite(estimate.variance) && estimate.variance > 0) << i;
      ASSERT_GE(link.SilenceUs(at), 0);
      ASSERT_GE(link.BusyUs(at), 0);
      (void)link.WantsProbe(at);
    }
  }
}

}  // namespace
}  // namespace slim
