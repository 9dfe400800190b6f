#include <string>

#include "core/error_host.h"
#include "core/file_host.h"
#include "core/json_host.h"
#include "gtest/gtest.h"

namespace slim {
namespace {

nlohmann::json Parse(const std::string& text, const JsonLimits& limits = {}) {
  return ParseJson("t.json", text.data(), text.size(), limits);
}

std::string Refusal(const std::string& text, const JsonLimits& limits = {}) {
  try {
    Parse(text, limits);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kBadInput);
    return error.what();
  }
  return "accepted";
}

#define EXPECT_HAS(text, part)                                                                   \
  EXPECT_PRED2(                                                                                  \
      [](const std::string& a, const std::string& b) { return a.find(b) != std::string::npos; }, \
      text, part)

TEST(JsonTest, ReadsEveryKindOfValue) {
  const std::string text =
      R"({"a":[1,-2,2.5,true,false,null,"x\u00e9"],"b":{"c":{}},"d":18446744073709551615,"e":[]})";
  EXPECT_EQ(Parse(text), nlohmann::json::parse(text));
  EXPECT_EQ(Parse(" 7 "), 7);
  EXPECT_TRUE(Parse("1").is_number_unsigned());
  EXPECT_FALSE(Parse("-1").is_number_unsigned());
  EXPECT_FALSE(Parse("-0").is_number_unsigned());
  EXPECT_FALSE(Parse("1.0").is_number_unsigned());
  EXPECT_FALSE(Parse("18446744073709551616").is_number_unsigned());
}

TEST(JsonTest, RefusesADuplicateKeyAndNamesItsByte) {
  const std::string refusal = Refusal(R"({"ab":1,"ab":2})");  // the second key ends before byte 12
  EXPECT_HAS(refusal, "t.json: byte 12: the key \"ab\" occurs twice in one object");
  EXPECT_HAS(Refusal(R"({"o":{"x":1,"\u0078":2}})"), "occurs twice");
  EXPECT_EQ(Parse(R"({"a":{"k":1},"b":{"k":1}})").size(), 2u);
}

TEST(JsonTest, CountsDepth) {
  EXPECT_EQ(Parse("[[[[[[[[]]]]]]]]").size(), 1u);
  EXPECT_HAS(Refusal("[[[[[[[[[]]]]]]]]]"), "t.json: byte 9: nested deeper than 8 levels");
  EXPECT_HAS(Refusal(std::string(500000, '[')), "nested deeper");
  JsonLimits limits;
  limits.max_depth = 1;
  EXPECT_EQ(Parse("[[]]", JsonLimits{100, 2, 100}).size(), 1u);
  EXPECT_HAS(Refusal(R"({"a":{}})", limits), "nested deeper than 1 levels");
}

TEST(JsonTest, CountsEntries) {
  JsonLimits limits;
  limits.max_entries = 4;
  EXPECT_EQ(Parse(R"({"a":[1,2],"b":3})", limits).size(), 2u);
  EXPECT_HAS(Refusal(R"({"a":[1,2,3],"b":3})", limits), "more than 4 entries");
  EXPECT_HAS(Refusal("[[],[],[],[],[]]", limits), "t.json: byte 14: more than 4 entries");
}

TEST(JsonTest, CountsBytes) {
  JsonLimits limits;
  limits.max_bytes = 4;
  EXPECT_EQ(Parse("1234", limits), 1234);
  EXPECT_HAS(Refusal("12345", limits), "5 bytes, more than the limit of 4");
}

TEST(JsonTest, RefusesWhatIsNotJson) {
  for (const char* text :
       {"", " ", "{", "[1,]", "{\"a\"}", "{\"a\":1,}", "nul", "01", "1 2", "{} x", "'a'", "NaN",
        "// c\n1", "\"\xff\"", "\"\xc3\"", "\"\\ud800\"", "\"\n\""}) {
    EXPECT_HAS(Refusal(text), "not valid JSON");
  }
  EXPECT_HAS(Refusal("[1e999]"), "not valid JSON");
  EXPECT_HAS(Refusal("[true,falsy]"), "t.json: byte 11: not valid JSON");
}

// The library would take the NUL byte for the end of the text.
TEST(JsonTest, RefusesANulByte) {
  EXPECT_HAS(Refusal(std::string("{}\0{}", 5)), "t.json: byte 2: a NUL byte");
  EXPECT_HAS(Refusal(std::string("\0", 1)), "byte 0");
}

TEST(JsonTest, MessagesCannotCarryControlCharacters) {
  const std::string refusal = Refusal("{\"\\u001b[2J\":1,\"\\u001b[2J\":1}");
  EXPECT_EQ(refusal.find('\x1b'), std::string::npos);
  EXPECT_EQ(Quoted("a\x1b\n\xff"), "\"a\\u001b\\n\\ufffd\"");
  EXPECT_LT(Quoted(std::string(100000, 'x')).size(), 200u);
  for (const char* text : {"{\"\x1b", "[\x1b]", "\x1b"}) {
    EXPECT_EQ(Refusal(text).find('\x1b'), std::string::npos);
  }
}

TEST(JsonTest, ReadsAFile) {
  const std::string path = testing::TempDir() + "/slim_json_test.json";
  WriteFileAtomically(path, {{"[1]", 3}});
  EXPECT_EQ(ReadJsonFile(path).size(), 1u);
  EXPECT_THROW(ReadJsonFile(path + ".missing"), Error);
  remove(path.c_str());
}

}  // namespace
}  // namespace slim
