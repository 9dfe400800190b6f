#include <math.h>

#include <fstream>
#include <string>
#include <vector>

#include "core/error_host.h"
#include "gtest/gtest.h"
#include "split/link/link_profile_host.h"

namespace slim {
namespace {

constexpr char kHeader[] = "time_s,rate_bytes_per_s,delay_s,jitter_s,loss\n";

LinkProfile ReadText(const std::string& text) {
  const std::string path = testing::TempDir() + "/profile.csv";
  std::ofstream(path, std::ios::binary) << text;
  return LinkProfile::Read(path);
}

// The message of the error that reading `text` throws.
std::string Refusal(const std::string& text) {
  try {
    ReadText(text);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kBadInput);
    return error.what();
  }
  return "";
}

TEST(LinkProfile, TransfersByHand) {
  // 100 bytes/s for 2 s, nothing for 3 s, then 50 bytes/s.
  const LinkProfile link("x", {{0, 100, 0, 0, 0}, {2, 0, 0, 0, 0}, {5, 50, 0, 0, 0}});
  EXPECT_DOUBLE_EQ(link.TransferEnd(0, 100), 1);
  EXPECT_DOUBLE_EQ(link.TransferEnd(1, 100), 2);
  EXPECT_DOUBLE_EQ(link.TransferEnd(1, 150), 6);
  EXPECT_DOUBLE_EQ(link.TransferEnd(3, 50), 6);
  EXPECT_DOUBLE_EQ(link.TransferEnd(100, 50), 101);
  EXPECT_DOUBLE_EQ(link.TransferEnd(0, 0), 0);
  EXPECT_EQ(link.At(-1).rate_bytes_per_s, 100);
  EXPECT_EQ(link.At(1.999).rate_bytes_per_s, 100);
  EXPECT_EQ(link.At(2).rate_bytes_per_s, 0);
  EXPECT_EQ(link.At(1e9).rate_bytes_per_s, 50);
  EXPECT_DOUBLE_EQ(link.WithRatesTimes(0.5).TransferEnd(0, 100), 2);
  EXPECT_THROW(link.WithRatesTimes(0), Error);
}

TEST(LinkProfile, NothingPassesWhenTheLastRateIsZero) {
  const LinkProfile link("x", {{0, 100, 0, 0, 0}, {2, 0, 0, 0, 0}});
  EXPECT_EQ(link.TransferEnd(1, 200), INFINITY);
  EXPECT_EQ(link.TransferEnd(3, 1), INFINITY);
}

TEST(LinkProfile, ReadsAFile) {
  const LinkProfile link =
      ReadText(std::string(kHeader) + "0,1e5,0.01,0.002,0\r\n1.5,2000,0,0,0.25");
  ASSERT_EQ(link.samples().size(), 2u);
  EXPECT_EQ(link.samples()[0].rate_bytes_per_s, 1e5);
  EXPECT_EQ(link.samples()[0].delay_s, 0.01);
  EXPECT_EQ(link.samples()[0].jitter_s, 0.002);
  EXPECT_EQ(link.samples()[1].time_s, 1.5);
  EXPECT_EQ(link.samples()[1].loss, 0.25);
}

TEST(LinkProfile, SaysWhichLineBreaksWhichRule) {
  const std::string good = std::string(kHeader) + "0,1,0,0,0\n";
  EXPECT_NE(Refusal("").find("no samples"), std::string::npos);
  EXPECT_NE(Refusal(kHeader).find("no samples"), std::string::npos);
  EXPECT_NE(Refusal("time,rate\n0,1\n").find("line 1"), std::string::npos);
  for (const std::string& line :
       {std::string("1,1,0,0"), std::string("1,1,0,0,0,0"), std::string("1,,0,0,0"),
        std::string("1;1;0;0;0"), std::string("x,1,0,0,0"), std::string("1,1,0,0,0 "),
        std::string(), std::string("1,1,0,0,0\0", 10)}) {
    EXPECT_NE(Refusal(good + line + "\n").find("line 3: must be five numbers"), std::string::npos)
        << line;
  }
  const std::vector<std::pair<std::string, std::string>> broken = {
      {"0,1,0,0,0", "time_s must increase"},
      {"-1,1,0,0,0", "time_s must increase"},
      {"nan,1,0,0,0", "time_s must increase"},
      {"inf,1,0,0,0", "time_s must be at most"},
      {"1,-1,0,0,0", "rate_bytes_per_s"},
      {"1,nan,0,0,0", "rate_bytes_per_s"},
      {"1,inf,0,0,0", "rate_bytes_per_s"},
      {"1,1,-1,0,0", "delay_s"},
      {"1,1,61,0,0", "delay_s"},
      {"1,1,0,-1,0", "jitter_s"},
      {"1,1,0,0,1.5", "loss"},
      {"1,1,0,0,-0.5", "loss"}};
  for (const auto& [line, rule] : broken) {
    EXPECT_NE(Refusal(good + line + "\n").find("line 3: " + rule), std::string::npos) << line;
  }
  EXPECT_NE(Refusal(std::string(kHeader) + "1,1,0,0,0\n").find("line 2: the first"),
            std::string::npos);
  EXPECT_THROW(LinkProfile::Read(testing::TempDir() + "/no_such_profile"), Error);
  EXPECT_THROW(LinkProfile("x", {}), Error);
  EXPECT_THROW(LinkProfile("x", {{0, -1, 0, 0, 0}}), Error);
}

TEST(LinkProfile, NamedProfilesDependOnTheSeedAlone) {
  for (const std::string& name : LinkProfile::Names()) {
    const LinkProfile a = LinkProfile::Named(name, 1, 20), b = LinkProfile::Named(name, 1, 20);
    const LinkProfile c = LinkProfile::Named(name, 2, 20);
    ASSERT_EQ(a.samples().size(), 200u);
    bool differs = false;
    for (size_t i = 0; i < a.samples().size(); ++i) {
      EXPECT_EQ(a.samples()[i].rate_bytes_per_s, b.samples()[i].rate_bytes_per_s);
      differs = differs || a.samples()[i].rate_bytes_per_s != c.samples()[i].rate_bytes_per_s;
    }
    EXPECT_TRUE(differs) << name;
  }
  try {
    LinkProfile::Named("carrier-pigeon", 1, 20);
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_NE(std::string(error.what()).find("wifi, lte, bluetooth-walk, cut"), std::string::npos);
  }
  for (const double seconds : {0.0, -1.0, 1e9, double(NAN)}) {
    EXPECT_THROW(LinkProfile::Named("wifi", 1, seconds), Error);
  }
}

TEST(LinkProfile, TheWalkHasTheRatesOfThePaper) {
  // Methods: 160.8 kB/s at 1 m, 67.3 to 71.9 at 5 m, 84.5 to 98.0 at 9 m.
  double near = 0, middle = 0, far = 0, least = 1e9, most = 0;
  const int seeds = 20;
  for (int seed = 0; seed < seeds; ++seed) {
    const LinkProfile link = LinkProfile::Named("bluetooth-walk", static_cast<uint64_t>(seed), 180);
    for (const LinkSample& sample : link.samples()) {
      least = std::min(least, sample.rate_bytes_per_s);
      most = std::max(most, sample.rate_bytes_per_s);
    }
    near += link.At(1).rate_bytes_per_s / seeds;
    middle += link.At(45).rate_bytes_per_s / seeds;
    far += link.At(90).rate_bytes_per_s / seeds;
  }
  EXPECT_NEAR(near, 161e3, 15e3);
  EXPECT_NEAR(middle, 70e3, 7e3);
  EXPECT_NEAR(far, 91e3, 9e3);
  EXPECT_GT(least, 45e3);
  EXPECT_LT(most, 225e3);
}

TEST(LinkProfile, TheCutIsWhereItSays) {
  const LinkProfile link = LinkProfile::Named("cut", 3, 100);
  EXPECT_GT(link.At(39).rate_bytes_per_s, 0);
  EXPECT_EQ(link.At(40.5).rate_bytes_per_s, 0);
  EXPECT_EQ(link.At(59.5).rate_bytes_per_s, 0);
  EXPECT_GT(link.At(61).rate_bytes_per_s, 0);
}

}  // namespace
}  // namespace slim
