// Every rule about a safetensors file is broken once, alone, by a file that keeps the others.
#include <limits.h>

#include <string>

#include "gtest/gtest.h"
#include "tests/core/safetensors_support.h"

namespace slim {
namespace {

constexpr char kFile[] = "f.safetensors: ";

#define EXPECT_HAS(text, part) EXPECT_NE(std::string(text).find(part), std::string::npos) << (text)

// A file of one tensor "x" and `bytes` bytes of data.
std::string OneTensor(const std::string& dtype, const std::string& shape,
                      const std::string& offsets, size_t bytes) {
  return FileOf(
      R"({"x":{"dtype":)" + dtype + R"(,"shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}",
      std::string(bytes, '\0'));
}

// A file of two U8 tensors at the given places.
std::string TwoTensors(int a_begin, int a_end, int b_begin, int b_end, size_t bytes) {
  const auto entry = [](const char* name, int begin, int end) {
    return std::string("\"") + name + R"(":{"dtype":"U8","shape":[)" + std::to_string(end - begin) +
           R"(],"data_offsets":[)" + std::to_string(begin) + "," + std::to_string(end) + "]}";
  };
  return FileOf("{" + entry("a", a_begin, a_end) + "," + entry("b", b_begin, b_end) + "}",
                std::string(bytes, '\0'));
}

TEST(SafeTensorsRulesTest, TheLeastFilesAreAccepted) {
  EXPECT_EQ(Refusal(FileOf("{}", "")), "accepted");
  EXPECT_EQ(Refusal(FileOf("{\"__metadata__\":{}}   ", "")), "accepted");
  EXPECT_EQ(Refusal(OneTensor("\"F32\"", "[2,3]", "[0,24]", 24)), "accepted");
  EXPECT_EQ(Refusal(OneTensor("\"F32\"", "[]", "[0,4]", 4)), "accepted");
  EXPECT_EQ(Refusal(OneTensor("\"F32\"", "[7,0]", "[0,0]", 0)), "accepted");
  EXPECT_EQ(Refusal(TwoTensors(3, 5, 0, 3, 5)), "accepted");
}

TEST(SafeTensorsRulesTest, HeaderLength) {
  EXPECT_HAS(Refusal(""), std::string(kFile) + "has 0 bytes, too few");
  EXPECT_HAS(Refusal("\2\0\0\0\0\0\0"), "too few");
  EXPECT_HAS(Refusal(std::string("\3\0\0\0\0\0\0\0{}", 10)),
             "length at byte 0 is 3, but only 2 bytes follow");
  EXPECT_HAS(Refusal(std::string(8, '\xff') + "{}"),
             "is 18446744073709551615, but only 2 bytes follow");
  const std::string padded = "{}" + std::string((1 << 20) - 2, ' ');
  EXPECT_EQ(Refusal(FileOf(padded, "")), "accepted");
  EXPECT_HAS(Refusal(FileOf(padded + " ", "")), "is 1048577, more than the limit of 1048576");
  SafeTensorsLimits limits;
  limits.max_header_bytes = INT64_MAX;
  EXPECT_EQ(Refusal(FileOf(padded + " ", ""), limits), "accepted");
  EXPECT_HAS(Refusal(FileOf(std::string(100000001, ' '), ""), limits),
             "more than the limit of 100000000");
}

TEST(SafeTensorsRulesTest, HeaderText) {
  EXPECT_HAS(Refusal(FileOf("", "")), "must begin with {");
  EXPECT_HAS(Refusal(FileOf(" {}", "")), "must begin with {");
  EXPECT_HAS(Refusal(FileOf("\xef\xbb\xbf{}", "")), "must begin with {");
  EXPECT_HAS(Refusal(FileOf("{} x", "")), "byte 12: not valid JSON");
  EXPECT_HAS(Refusal(FileOf("{\"a\":[[[[[[[[]]]]]]]]}", "")), "deeper than 8 levels");
  EXPECT_HAS(Refusal(FileOf(R"({"x":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},)"
                            R"("x":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})",
                            "")),
             "the key \"x\" occurs twice");
  EXPECT_HAS(
      Refusal(FileOf(R"({"x":{"dtype":"U8","dtype":"U8","shape":[0],"data_offsets":[0,0]}})", "")),
      "the key \"dtype\" occurs twice");
}

TEST(SafeTensorsRulesTest, NumberOfEntries) {
  std::string header = "{\"__metadata__\":{\"k\":\"v\"}";
  for (int i = 0; i < 9998; ++i) {
    header += ",\"" + std::to_string(i) + R"(":{"dtype":"U8","shape":[0],"data_offsets":[0,0]})";
  }
  EXPECT_EQ(Refusal(FileOf(header + "}", "")), "accepted");
  header += R"(,"x":{"dtype":"U8","shape":[0],"data_offsets":[0,0]})";
  EXPECT_HAS(Refusal(FileOf(header + "}", "")), "10001 entries, more than the limit of 10000");
  EXPECT_HAS(Refusal(FileOf("{\"x\":[" + std::string(300000, '[') + "]}", "")), "deeper");
  std::string numbers = "{\"x\":[0";
  for (int i = 0; i < 200000; ++i) numbers += ",0";
  EXPECT_HAS(Refusal(FileOf(numbers + "]}", "")), "more than 120000 entries");
}

TEST(SafeTensorsRulesTest, Metadata) {
  EXPECT_HAS(Refusal(FileOf(R"({"__metadata__":[]})", "")), "__metadata__ must be an object");
  EXPECT_HAS(Refusal(FileOf(R"({"__metadata__":{"k":1}})", "")),
             "__metadata__ \"k\": the value must be a string");
  EXPECT_HAS(Refusal(FileOf(R"({"__metadata__":{"slimsplit.crc32":""}})", "")),
             "eight hexadecimal digits");
}

TEST(SafeTensorsRulesTest, Fields) {
  const std::string tensor = std::string(kFile) + "tensor \"x\": ";
  EXPECT_HAS(Refusal(FileOf(R"({"x":7})", "")), tensor + "its entry must be an object");
  EXPECT_HAS(Refusal(FileOf(R"({"x":{"shape":[0],"data_offsets":[0,0]}})", "")),
             tensor + "field dtype is missing");
  EXPECT_HAS(Refusal(FileOf(R"({"x":{"dtype":"U8","data_offsets":[0,0]}})", "")),
             tensor + "field shape is missing");
  EXPECT_HAS(Refusal(FileOf(R"({"x":{"dtype":"U8","shape":[0]}})", "")),
             tensor + "field data_offsets is missing");
  EXPECT_HAS(Refusal(FileOf(R"({"x":{"dtype":"U8","shape":[0],"data_offsets":[0,0],"y":0}})", "")),
             tensor + "unknown field \"y\"");
}

TEST(SafeTensorsRulesTest, DTypes) {
  for (const char* dtype : {"F64", "F32", "F16", "BF16", "I64", "I32", "I16", "I8", "U64", "U32",
                            "U16", "U8", "BOOL"}) {
    EXPECT_EQ(Refusal(OneTensor("\"" + std::string(dtype) + "\"", "[0]", "[0,0]", 0)), "accepted");
  }
  // An unknown type is refused even where no check could depend on its size.
  EXPECT_HAS(Refusal(OneTensor("\"F8_E4M3\"", "[0]", "[0,0]", 0)),
             "unknown dtype \"F8_E4M3\", known are F64");
  EXPECT_HAS(Refusal(OneTensor("\"f32\"", "[1]", "[0,4]", 4)), "unknown dtype");
  EXPECT_HAS(Refusal(OneTensor("32", "[1]", "[0,4]", 4)), "dtype must be a string");
}

TEST(SafeTensorsRulesTest, Shapes) {
  EXPECT_HAS(Refusal(OneTensor("\"U8\"", "4", "[0,4]", 4)), "shape must be an array");
  for (const char* shape :
       {"[-4]", "[4.0]", "[\"4\"]", "[null]", "[9223372036854775808]", "[-0]", "[[4]]"}) {
    EXPECT_HAS(Refusal(OneTensor("\"U8\"", shape, "[0,4]", 4)), "shape must hold whole numbers");
  }
  EXPECT_EQ(Refusal(OneTensor("\"U8\"", "[1,1,1,1,1,4]", "[0,4]", 4)), "accepted");
  EXPECT_HAS(Refusal(OneTensor("\"U8\"", "[1,1,1,1,1,1,4]", "[0,4]", 4)),
             "7 dimensions, more than 6");
}

TEST(SafeTensorsRulesTest, TheProductOfAShapeIsCheckedAndZeroHidesNothing) {
  for (const char* shape : {"[4294967296,4294967296]", "[9223372036854775807,2]",
                            "[4611686018427387904,4,0]", "[0,4611686018427387904,4]"}) {
    EXPECT_HAS(Refusal(OneTensor("\"U8\"", shape, "[0,0]", 0)), "product of its shape overflows");
  }
  EXPECT_HAS(Refusal(OneTensor("\"F64\"", "[2305843009213693952]", "[0,0]", 0)),
             "product of its shape overflows");
  EXPECT_HAS(Refusal(OneTensor("\"U8\"", "[0]", "[0,4]", 4)),
             "make 0 bytes, data_offsets [0, 4] hold 4");
}

TEST(SafeTensorsRulesTest, Offsets) {
  EXPECT_HAS(Refusal(OneTensor("\"U8\"", "[4]", "[0,4,4]", 4)),
             "data_offsets must be [begin, end]");
  EXPECT_HAS(Refusal(OneTensor("\"U8\"", "[4]", "[4]", 4)), "data_offsets must be [begin, end]");
  EXPECT_HAS(Refusal(OneTensor("\"U8\"", "[4]", "[-4,0]", 4)),
             "data_offsets must hold whole numbers");
  EXPECT_HAS(Refusal(OneTensor("\"U8\"", "[4]", "[0,18446744073709551616]", 4)),
             "data_offsets must hold whole");
  EXPECT_HAS(Refusal(OneTensor("\"U8\"", "[4]", "[4,0]", 4)), "[4, 0] end before they begin");
  EXPECT_HAS(Refusal(OneTensor("\"U8\"", "[5]", "[0,5]", 4)),
             "[0, 5] end after the data of 4 bytes");
  EXPECT_HAS(Refusal(OneTensor("\"F32\"", "[2]", "[0,4]", 4)),
             "make 8 bytes, data_offsets [0, 4] hold 4");
}

TEST(SafeTensorsRulesTest, TheTensorsCoverTheDataOnce) {
  EXPECT_HAS(Refusal(TwoTensors(0, 3, 2, 5, 5)), "tensor \"b\": overlap: it begins at byte 2");
  EXPECT_HAS(Refusal(TwoTensors(0, 5, 0, 5, 5)), "tensor \"b\": overlap");
  EXPECT_HAS(Refusal(TwoTensors(0, 2, 3, 5, 5)),
             "tensor \"b\": gap: it begins at byte 3 of the data, the one before it ends at 2");
  EXPECT_HAS(Refusal(TwoTensors(1, 3, 3, 5, 5)), "tensor \"a\": gap");
  EXPECT_HAS(Refusal(TwoTensors(0, 3, 3, 5, 6)), "cover 5 bytes of the 6 bytes of data");
  EXPECT_HAS(Refusal(TwoTensors(0, 5, 3, 3, 5)), "tensor \"b\"");  // an empty one inside another
  EXPECT_HAS(Refusal(FileOf("{}", "x")), "cover 0 bytes of the 1 bytes");
}

TEST(SafeTensorsRulesTest, DataAndChecksumLimits) {
  SafeTensorsLimits limits;
  limits.max_data_bytes = 3;
  EXPECT_HAS(Refusal(OneTensor("\"U8\"", "[4]", "[0,4]", 4), limits),
             "the data has 4 bytes, more than the limit of 3");
  limits = SafeTensorsLimits();
  limits.require_checksum = true;
  EXPECT_HAS(Refusal(FileOf("{}", ""), limits), "has no checksum");
  EXPECT_EQ(Refusal(GoldenFile(), limits), "accepted");
}

}  // namespace
}  // namespace slim
