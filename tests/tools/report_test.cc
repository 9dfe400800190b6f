// Tables, units, and the costs of a network: numbers computed by hand.
#include "gtest/gtest.h"
#include "layers/add.h"
#include "layers/conv2d.h"
#include "layers/weighted_sum.h"
#include "tools/net_summary.h"
#include "tools/text_table.h"

namespace slim {
namespace {

TEST(Units, ThreeDigits) {
  EXPECT_EQ(WithUnit(0), "0");
  EXPECT_EQ(WithUnit(999), "999");
  EXPECT_EQ(WithUnit(1000), "1.00 k");
  EXPECT_EQ(WithUnit(78042), "78.0 k");
  EXPECT_EQ(WithUnit(999499), "999 k");
  EXPECT_EQ(WithUnit(999501), "1.00 M");
  EXPECT_EQ(WithUnit(4089000000), "4.09 G");
  EXPECT_EQ(WithUnit(INT64_MAX), "9.22 E");
  EXPECT_EQ(BytesWithUnit(1023), "1023 B");
  EXPECT_EQ(BytesWithUnit(1024), "1.00 KiB");
  EXPECT_EQ(BytesWithUnit(196608), "192 KiB");
  EXPECT_EQ(BytesWithUnit(int64_t{20} << 30), "20.0 GiB");
  EXPECT_EQ(Percent(0.92345), "92.34 %");
}

TEST(TextTable, AlignsByCharactersNotBytes) {
  TextTable table;
  table.Add({"name", "count"});
  table.Add(
      {"m\xC3\xBC"
       "de",
       "1"});
  table.Add({"x", "12345678"});
  EXPECT_EQ(table.ToString(1),
            "name     count\n"
            "m\xC3\xBC"
            "de         1\n"
            "x     12345678\n");
  EXPECT_EQ(table.ToString(2),
            "name  count\n"
            "m\xC3\xBC"
            "de  1\n"
            "x     12345678\n");
}

Conv2d Pointwise(Channels in, Channels out) {
  Conv2d conv;
  conv.in = in;
  conv.out = out;
  conv.kernel = 1;
  conv.padding = 0;
  return conv;
}

TEST(NetSummary, CountsByHand) {
  GraphBuilder b(4, 4, UniformWidths({0.5, 1}));
  const Channels rgb = b.Fixed(3), four = b.Sliced(4);
  const Value x = b.Input(rgb);
  const Value first = b.Add("first", Pointwise(rgb, four), {x});
  const Value second = b.Add("second", Pointwise(four, four), {first});
  b.Add("sum", Add{}, {first, second});
  const OwnedGraph graph = b.Build();

  const NetSummary full = Summarise(graph, 1);
  ASSERT_EQ(full.layers.size(), 3u);
  EXPECT_EQ(full.layers[0].type, "conv2d");
  EXPECT_EQ(full.output(), Shape(1, 4, 4, 4));
  EXPECT_EQ(full.macs, 16 * 3 * 4 + 16 * 4 * 4);
  EXPECT_EQ(full.parameters, 3 * 4 + 4 * 4);
  EXPECT_EQ(full.layers[0].output_bytes, 256);
  EXPECT_EQ(full.layers[0].live_bytes, 192 + 256);  // the image and the first output
  EXPECT_EQ(full.layers[1].live_bytes, 256 + 256);  // the image is not needed any more
  EXPECT_EQ(full.layers[2].live_bytes, 3 * 256);    // both inputs and the sum
  EXPECT_EQ(full.peak_bytes, 3 * 256);

  const NetSummary half = Summarise(graph, 0);
  EXPECT_EQ(half.macs, 16 * 3 * 2 + 16 * 2 * 2);
  EXPECT_EQ(half.parameters, 3 * 2 + 2 * 2);
  EXPECT_EQ(half.peak_bytes, 3 * 128);
}

// The first of two members alone is a width; the other member then costs nothing.
TEST(NetSummary, LeavesOutWhatTheWidthDoesNotRun) {
  GraphBuilder b(4, 4, UniformWidths({0.5, 1}));
  const Channels rgb = b.Fixed(3), members = b.PerWidth(2, {1, 2});
  const Value x = b.Input(rgb);
  const Value first = b.Add("first", Pointwise(rgb, rgb), {x});
  const Value second = b.Add("second", Pointwise(rgb, rgb), {x});
  WeightedSum sum;
  sum.members = members;
  b.Add("sum", sum, {first, second});
  const OwnedGraph graph = b.Build();

  EXPECT_EQ(Summarise(graph, 1).layers.size(), 3u);
  EXPECT_EQ(Summarise(graph, 1).peak_bytes, 3 * 192);
  const NetSummary alone = Summarise(graph, 0);
  ASSERT_EQ(alone.layers.size(), 2u);
  EXPECT_EQ(alone.layers[1].name, "sum");
  EXPECT_EQ(alone.layers[0].live_bytes, 2 * 192);
  EXPECT_EQ(alone.peak_bytes, 2 * 192);
}

}  // namespace
}  // namespace slim
