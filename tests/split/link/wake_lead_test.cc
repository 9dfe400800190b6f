#include "gtest/gtest.h"
#include "split/link/wake_lead_host.h"

namespace slim {
namespace {

TEST(WakeLead, IsTwiceTheLatenessAndForgetsItSlowly) {
  WakeLead lead;
  EXPECT_EQ(lead.us(), WakeLead::kLeastUs);
  lead.Waited(0, 10000, 12000);
  EXPECT_EQ(lead.us(), 4000);
  lead.Waited(0, 10000, 10100);
  EXPECT_EQ(lead.us(), 3500);
  for (int i = 0; i < 50; ++i) lead.Waited(0, 10000, 9000);  // an answer came before
  EXPECT_EQ(lead.us(), WakeLead::kLeastUs);
}

// A head that took longer than there was: nobody was woken up late.
TEST(WakeLead, AWaitThatBeganTooLateSaysNothing) {
  WakeLead lead;
  lead.Waited(15000, 10000, 15001);
  lead.Waited(10000, 10000, 90000);
  EXPECT_EQ(lead.us(), WakeLead::kLeastUs);
}

}  // namespace
}  // namespace slim
