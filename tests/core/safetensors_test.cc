#include <math.h>
#include <stdlib.h>

#include <fstream>
#include <string>
#include <vector>

#include "core/error_host.h"
#include "core/safetensors_host.h"
#include "gtest/gtest.h"
#include "tests/core/safetensors_support.h"

namespace slim {
namespace {

std::string TextOf(const SafeTensorsWriter& writer) {
  const std::vector<uint8_t> bytes = writer.Bytes();
  return std::string(bytes.begin(), bytes.end());
}

std::string UsageRefusal(const SafeTensorsWriter& writer) {
  try {
    writer.Bytes();
  } catch (const Error& error) {
    return error.kind() == ErrorKind::kUsage ? error.what() : "wrong kind of error";
  }
  return "accepted";
}

#define EXPECT_HAS(text, part) EXPECT_NE(std::string(text).find(part), std::string::npos) << (text)

TEST(SafeTensorsTest, ReadsTheGoldenFile) {
  const SafeTensorsFile file = ParseFile(GoldenFile());
  EXPECT_TRUE(file.has_checksum());
  EXPECT_EQ(file.metadata(), (SafeMetadata{{"format", "pt"}, {"note", "line\n\x7f"}}));
  ASSERT_EQ(file.tensors().size(), 6u);
  EXPECT_EQ(file.tensors()[0].name, "none");
  EXPECT_EQ(file.tensors()[0].count(), 0);
  EXPECT_EQ(file.tensors()[0].shape, (std::vector<int64_t>{0, 4}));
  const SafeTensor* a = file.Find("a");
  ASSERT_NE(a, nullptr);
  EXPECT_EQ(a->dtype, SafeDType::kF32);
  EXPECT_EQ(a->shape, (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(file.ReadFloats(*a), (std::vector<float>{3, 4}));
  EXPECT_EQ(file.ReadFloats(*file.Find("b")), (std::vector<float>{1, -2}));
  EXPECT_EQ(file.ReadFloats(*file.Find("s")), (std::vector<float>{0.5f}));
  EXPECT_EQ(file.data(*file.Find("mask"))[2], 1);
  EXPECT_NE(file.Find("q\"\xc3\xa9\x01"), nullptr);
  EXPECT_EQ(file.Find("c"), nullptr);
}

// The golden bytes come from Python: two implementations agree, checksum included. The order of Add
// is of no account.
TEST(SafeTensorsTest, WritesTheGoldenFile) {
  const float a[] = {3, 4}, b[] = {1, -2};
  const double s = 0.5;
  const int16_t q = 7;
  const uint8_t mask[] = {1, 0, 1};
  for (const bool reversed : {false, true}) {
    SafeTensorsWriter writer;
    if (!reversed) writer.Add("none", SafeDType::kI64, {0, 4}, nullptr);
    if (!reversed) writer.Add("b", SafeDType::kF32, {2}, b);
    writer.Add("mask", SafeDType::kBool, {3}, mask);
    writer.Add("q\"\xc3\xa9\x01", SafeDType::kI16, {1}, &q);
    writer.Add("a", SafeDType::kF32, {1, 2}, a);
    writer.Add("s", SafeDType::kF64, {}, &s);
    if (reversed) writer.Add("b", SafeDType::kF32, {2}, b);
    if (reversed) writer.Add("none", SafeDType::kI64, {0, 4}, nullptr);
    writer.SetMetadata("note", "line\n\x7f");
    writer.SetMetadata("format", "pt");
    EXPECT_EQ(TextOf(writer), GoldenFile());
  }
}

TEST(SafeTensorsTest, ReadWriteReadWriteGivesTheSameBytes) {
  // Foreign: unsorted header, misaligned data, no checksum, two empty tensors in one place.
  const std::string foreign = FileOf(
      "{\"z\":{\"shape\":[3],\"data_offsets\":[2,14],\"dtype\":\"F32\"}, "
      "\"y\":{\"dtype\":\"U8\",\"shape\":[2],"
      "\"data_offsets\":[0,2]},\"f\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[2,2]},"
      "\"e\":{\"dtype\":\"BF16\",\"shape\":[5,0],\"data_offsets\":[2,2]}}",
      std::string("\1\2\0\0\x80\x3f\0\0\0\x40\0\0\x40\x40", 14));
  const SafeTensorsFile first = ParseFile(foreign);
  EXPECT_EQ(first.ReadFloats(*first.Find("z")), (std::vector<float>{1, 2, 3}));
  const std::string once = TextOf(WriterOf(first));
  const SafeTensorsFile second = ParseFile(once);
  EXPECT_EQ(second.ReadFloats(*second.Find("z")), (std::vector<float>{1, 2, 3}));
  EXPECT_EQ(TextOf(WriterOf(second)), once);
  EXPECT_EQ(once.size() % 8, 14u % 8);  // the data begins aligned
}

TEST(SafeTensorsTest, ReadsAFileAndKeepsThePreviousOne) {
  const std::string path = testing::TempDir() + "/slim_safetensors_test";
  const float one = 1, two = 2;
  for (const float* value : {&one, &two}) {
    SafeTensorsWriter writer;
    writer.Add("x", SafeDType::kF32, {1}, value);
    writer.WriteAtomically(path, KeepPrevious::kYes);
  }
  const SafeTensorsFile file = SafeTensorsFile::Read(path);
  EXPECT_EQ(file.ReadFloats(*file.Find("x"))[0], 2);
  const SafeTensorsFile previous = SafeTensorsFile::Read(path + ".prev");
  EXPECT_EQ(previous.ReadFloats(*previous.Find("x"))[0], 1);
  WriteFileAtomically(path, {{"\1\0\0", 3}});
  EXPECT_THROW(SafeTensorsFile::Read(path), Error);
  remove(path.c_str());
  remove((path + ".prev").c_str());
}

TEST(SafeTensorsTest, ConvertsHalfBFloat16AndDouble) {
  const uint16_t half[] = {0x3c00, 0xc000, 0x7bff, 0x0001, 0x0400, 0x8000, 0x7c00, 0x7e00, 0x3555};
  const uint16_t brain[] = {0x3f80, 0xc049, 0x0001};
  const double doubles[] = {0.1, 1e300};
  const int32_t integer = 1;
  SafeTensorsWriter writer;
  writer.Add("half", SafeDType::kF16, {9}, half);
  writer.Add("brain", SafeDType::kBF16, {3}, brain);
  writer.Add("double", SafeDType::kF64, {2}, doubles);
  writer.Add("integer", SafeDType::kI32, {1}, &integer);
  const SafeTensorsFile file = ParseFile(TextOf(writer));
  const std::vector<float> h = file.ReadFloats(*file.Find("half"));
  EXPECT_EQ(h[0], 1.0f);
  EXPECT_EQ(h[1], -2.0f);
  EXPECT_EQ(h[2], 65504.0f);
  EXPECT_EQ(h[3], 0x1p-24f);
  EXPECT_EQ(h[4], 0x1p-14f);
  EXPECT_TRUE(h[5] == 0 && signbit(h[5]));
  EXPECT_TRUE(isinf(h[6]) && h[6] > 0);
  EXPECT_TRUE(isnan(h[7]));
  EXPECT_EQ(h[8], 0.333251953125f);
  EXPECT_EQ(file.ReadFloats(*file.Find("brain")),
            (std::vector<float>{1.0f, -3.140625f, 0x1p-133f}));
  EXPECT_EQ(file.ReadFloats(*file.Find("double"))[0], 0.1f);
  EXPECT_TRUE(isinf(file.ReadFloats(*file.Find("double"))[1]));
  EXPECT_THROW(file.ReadFloats(*file.Find("integer")), Error);
}

TEST(SafeTensorsTest, TheWriterRefusesWhatCouldNotBeRead) {
  const float x = 0;
  SafeTensorsWriter twice, reserved, encoding, rank, big;
  twice.Add("x", SafeDType::kF32, {1}, &x);
  twice.Add("x", SafeDType::kF32, {1}, &x);
  EXPECT_HAS(UsageRefusal(twice), "\"x\" occurs twice");
  reserved.Add("__metadata__", SafeDType::kF32, {1}, &x);
  EXPECT_HAS(UsageRefusal(reserved), "\"__metadata__\" occurs twice");
  encoding.SetMetadata("\xff", "");
  EXPECT_HAS(UsageRefusal(encoding), "UTF-8");
  rank.Add("x", SafeDType::kF32, {1, 1, 1, 1, 1, 1, 1}, &x);
  EXPECT_HAS(UsageRefusal(rank), "7 dimensions");
  big.SetMetadata("x", std::string(1 << 20, 'x'));
  EXPECT_HAS(UsageRefusal(big), "more than the limit of 1048576");
  EXPECT_THROW(big.Add("x", SafeDType::kF32, {-1}, &x), Error);
  EXPECT_THROW(big.Add("x", SafeDType::kU8, {int64_t{1} << 62, 4}, &x), Error);
}

TEST(SafeTensorsTest, ReadsAModelOfPyTorch) {
  const char* data = getenv("SLIMSPLIT_DATA");
  if (data == nullptr) GTEST_SKIP() << "set SLIMSPLIT_DATA to the directory of the data sets";
  const std::string directory = std::string(data) + "/pretrained/cifar10-resnet/";
  if (!std::ifstream(directory + "resnet20-12fca82f.safetensors"))
    GTEST_SKIP() << "no " << directory;
  for (const auto& [name, count, parameters] :
       {std::make_tuple("resnet20-12fca82f", 97u, 269722),
        std::make_tuple("resnet56-4bfd9763", 277u, 853018)}) {
    const SafeTensorsFile file = SafeTensorsFile::Read(directory + name + ".safetensors");
    EXPECT_EQ(file.metadata().at("format"), "pt");
    EXPECT_FALSE(file.has_checksum());
    int64_t trained = 0;
    for (const SafeTensor& tensor : file.tensors()) {
      const std::vector<float> values = file.ReadFloats(tensor);
      for (const float value : values) ASSERT_TRUE(isfinite(value)) << tensor.name;
      if (tensor.name.find("running_") == std::string::npos) trained += tensor.count();
    }
    EXPECT_EQ(file.tensors().size(), count);
    EXPECT_EQ(trained, parameters);
    EXPECT_EQ(file.Find("module.conv1.weight")->shape, (std::vector<int64_t>{16, 3, 3, 3}));
    const std::string once = TextOf(WriterOf(file));
    EXPECT_EQ(TextOf(WriterOf(ParseFile(once))), once);
  }
}

}  // namespace
}  // namespace slim
