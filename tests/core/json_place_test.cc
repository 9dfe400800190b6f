#include <float.h>
#include <math.h>
#include <string.h>

#include "core/error_host.h"
#include "core/json_place_host.h"
#include "core/random.h"
#include "gtest/gtest.h"

namespace slim {
namespace {

using nlohmann::json;

const std::string kFile = "f.json";

template <class Call>
std::string Refusal(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.kind() == ErrorKind::kBadInput ? error.what() : "wrong kind of error";
  }
  return "accepted";
}

#define EXPECT_STARTS(text, start) EXPECT_EQ((text).substr(0, strlen(start)), start)

TEST(JsonPlace, ReadsValues) {
  const json value = json::parse(R"({"a":[1,-2,18446744073709551615,0.1,3],"b":"text"})");
  const JsonPlace root(kFile, "net", value);
  root.ExpectMembers({"a", "b"});
  const JsonPlace a = root.Member("a");
  ASSERT_EQ(a.Count(), 5u);
  EXPECT_EQ(a.Element(0).Integer(1, 1), 1);
  EXPECT_EQ(a.Element(1).Integer(-2, 0), -2);
  EXPECT_EQ(a.Element(2).Unsigned(), UINT64_MAX);
  EXPECT_EQ(a.Element(3).Float(), 0.1f);
  EXPECT_EQ(a.Element(4).Float(), 3.0f);
  EXPECT_EQ(root.Member("b").Text(), "text");
  EXPECT_TRUE(root.Has("b"));
  EXPECT_FALSE(root.Has("c"));
}

TEST(JsonPlace, NamesFilePlaceAndRule) {
  const json value = json::parse(R"({"a":[1,{"b":0.5}],"big":1e39,"max":18446744073709551615})");
  const JsonPlace root(kFile, "net", value);
  const JsonPlace b = root.Member("a").Element(1).Member("b");
  EXPECT_STARTS(Refusal([&] { b.Integer(0, 9); }),
                "f.json: net.a[1].b: must be a whole number from 0 to 9; ");
  EXPECT_STARTS(Refusal([&] { b.Unsigned(); }), "f.json: net.a[1].b: must be a whole number");
  EXPECT_STARTS(Refusal([&] { b.Text(); }), "f.json: net.a[1].b: must be a string");
  EXPECT_STARTS(Refusal([&] { b.Count(); }), "f.json: net.a[1].b: must be an array");
  EXPECT_STARTS(Refusal([&] { b.Has("c"); }), "f.json: net.a[1].b: must be an object");
  EXPECT_STARTS(Refusal([&] { root.As("head").Member("c"); }), "f.json: head: \"c\" is missing");
  EXPECT_STARTS(Refusal([&] {
                  root.ExpectMembers({"a", "big"});
                }),
                "f.json: net: \"max\" is unknown");
  EXPECT_STARTS(Refusal([&] { root.Member("big").Float(); }), "f.json: net.big: must be a finite");
  EXPECT_STARTS(Refusal([&] { root.Member("a").Float(); }), "f.json: net.a: must be a finite");
  EXPECT_STARTS(Refusal([&] { root.Member("max").Integer(0, INT64_MAX); }),
                "f.json: net.max: must");
  EXPECT_STARTS(Refusal([&] { root.Member("a").Element(0).Integer(2, 3); }),
                "f.json: net.a[0]: must");
}

TEST(ShortestDecimal, IsShortAndExact) {
  EXPECT_EQ(ShortestDecimal(0.1f), 0.1);
  EXPECT_EQ(ShortestDecimal(1e-5f), 1e-5);
  EXPECT_EQ(ShortestDecimal(-2.5f), -2.5);
  for (const float value : {FLT_MAX, -FLT_MAX, FLT_MIN, FLT_TRUE_MIN, 0.0f, 16777217.0f})
    EXPECT_EQ(static_cast<float>(ShortestDecimal(value)), value);
  Random random(3);
  for (int i = 0; i < 100000; ++i) {
    const uint32_t bits = static_cast<uint32_t>(random.NextBits());
    float value;
    memcpy(&value, &bits, sizeof value);
    if (!isfinite(value)) continue;
    ASSERT_EQ(static_cast<float>(ShortestDecimal(value)), value) << bits;
  }
}

}  // namespace
}  // namespace slim
