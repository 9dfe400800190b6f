// The link of the demo: a file that the emulator reads, with the story that the demo tells.
#include "tools/link_story.h"

#include <math.h>

#include "gtest/gtest.h"
#include "split/link/link_profile_host.h"
#include "tests/core/file_support.h"

namespace slim {
namespace {

class Story : public FileTest {};

TEST_F(Story, GoodFadingCutBack) {
  Write("link.csv", LinkStory());
  const LinkProfile link = LinkProfile::Read("link.csv");
  const auto rate = [&](double time_s) { return link.At(time_s).rate_bytes_per_s; };
  EXPECT_EQ(rate(0), 60000);
  EXPECT_EQ(rate(9.9), 60000);
  EXPECT_NEAR(rate(18), 60000 / sqrt(10), 1);  // half way down to a tenth, by ratios
  EXPECT_GT(rate(25.9), 6000);
  EXPECT_LT(rate(25.9), 6300);
  EXPECT_EQ(rate(26), 0);
  EXPECT_EQ(rate(29.9), 0);
  EXPECT_EQ(rate(30), 60000);
  EXPECT_EQ(rate(1000), 60000);
  EXPECT_LT(link.samples().back().time_s, kStorySeconds);

  EXPECT_STREQ(ChapterAt(0), "good");
  EXPECT_STREQ(ChapterAt(10), "fading");
  EXPECT_STREQ(ChapterAt(26), "cut");
  EXPECT_STREQ(ChapterAt(39), "back");
}

}  // namespace
}  // namespace slim
