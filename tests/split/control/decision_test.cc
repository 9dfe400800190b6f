#include "split/control/decision.h"

#include <string.h>

#include <string>

#include "gtest/gtest.h"

namespace slim {
namespace {

class DecisionTest : public testing::Test {
 protected:
  DecisionTest() {
    decision_.mode = 0;
    decision_.in_time = true;
    decision_.time_left_us = 100000;
    decision_.better = 1;
    decision_.better_time.transfer = 90000;
    decision_.better_time.deviation = 14000;
    decision_.better_time.margin = 2;
    decision_.binding = Binding::kRate;
  }
  std::string Print() {
    char text[200];
    const int length = PrintReason(decision_, table_, text, sizeof(text));
    EXPECT_EQ(length, static_cast<int>(strlen(text)));
    return text;
  }

  ModeEntry modes_[3] = {
      {"0.50", 0, 0, 0.5f, 100, 1000}, {"0.75", 1, 0, 0.6f, 768, 2000}, {nullptr, 2, 0, 1, 1, 1}};
  ModeTable table_ = {modes_, 3, {true, 0.4f, 1100}};
  Decision decision_;
};

TEST_F(DecisionTest, SaysWhatABetterModeWouldTake) {
  EXPECT_EQ(Print(), "0.75 would take 118 ms at this rate");
  decision_.binding = Binding::kHead;
  EXPECT_EQ(Print(), "0.75 would take 118 ms on this device");
  decision_.binding = Binding::kWait;
  EXPECT_EQ(Print(), "0.75 would take 118 ms behind the frame before");
  decision_.binding = Binding::kDelay;
  EXPECT_EQ(Print(), "0.75 would take 118 ms with this delay");
  decision_.binding = Binding::kServer;
  EXPECT_EQ(Print(), "0.75 would take 118 ms with this server");
  decision_.binding = Binding::kUncertainty;
  EXPECT_EQ(Print(), "0.75 would take 118 ms at worst, 90 ms on average");
  decision_.binding = Binding::kPatience;
  EXPECT_EQ(Print(), "0.75 would take 118 ms, but has not fitted for long");
  decision_.binding = Binding::kFixed;
  EXPECT_EQ(Print(), "0.75 would take 118 ms, but the mode is fixed");
  decision_.binding = Binding::kBytes;
  EXPECT_EQ(Print(), "0.75 would send 768 bytes, too many");
  decision_.better = 2;
  EXPECT_EQ(Print(), "mode 2 would send 1 bytes, too many");
  decision_.better = kLocalMode;
  decision_.binding = Binding::kHead;
  EXPECT_EQ(Print(), "the local exit would take 118 ms on this device");
}

TEST_F(DecisionTest, SaysThatNothingFitsOrIsBetterOrThatTheLinkIsDown) {
  decision_.in_time = false;
  EXPECT_EQ(Print(), "nothing fits 100 ms; 0.75 would take 118 ms at this rate");
  decision_.better = kNoMode;
  EXPECT_EQ(Print(), "nothing fits 100 ms");
  decision_.in_time = true;
  EXPECT_EQ(Print(), "no mode is better");
  decision_.binding = Binding::kLinkDown;
  decision_.silence_us = 812400;
  EXPECT_EQ(Print(), "the link has been silent for 812 ms");
}

TEST_F(DecisionTest, NumbersHaveTwoToThreeDigitsOrMore) {
  const auto take = [&](double us) {
    decision_.better_time = {};
    decision_.better_time.transfer = us;
    return Print();
  };
  EXPECT_EQ(take(0), "0.75 would take 0.0 ms at this rate");
  EXPECT_EQ(take(8349), "0.75 would take 8.3 ms at this rate");
  EXPECT_EQ(take(9960), "0.75 would take 10 ms at this rate");
  EXPECT_EQ(take(123456789), "0.75 would take 123457 ms at this rate");
  EXPECT_EQ(take(-5), "0.75 would take 0.0 ms at this rate");
  EXPECT_EQ(take(1e300), "0.75 would take 1000000000000 ms at this rate");
}

TEST_F(DecisionTest, IsCutWhereTheBufferEnds) {
  const std::string whole = Print();
  for (int size = 1; size <= static_cast<int>(whole.size()) + 2; ++size) {
    std::string text(size + 1, '#');
    const int length = PrintReason(decision_, table_, &text[0], size);
    EXPECT_EQ(length, std::min<int>(size - 1, static_cast<int>(whole.size())));
    EXPECT_EQ(text.substr(0, length), whole.substr(0, length));
    EXPECT_EQ(text[length], '\0');
    EXPECT_EQ(text[size], '#');
  }
}

}  // namespace
}  // namespace slim
