#include "core/kernels/gather.h"

#include "tests/core/kernels_support.h"

namespace slim {
namespace {

TEST(GatherTest, ThreePixelsByHand) {
  // One row of three pixels, a kernel of three taps in a row, stride 1, padding 1 to all sides; the
  // rows above and below are padding, so of 1 x 3 taps all are met somewhere.
  ConvGeometry g;
  g.source_w = g.target_w = 3;
  g.source_h = 1;
  g.target_h = 3;
  g.kernel_w = 3;
  g.padding = 1;
  // Targets: rows 0 and 2 read only padding.
  EXPECT_EQ(GatherTiles(g, 3), 3);
  EXPECT_EQ(GatherTableSize(g, 3), 3 * (1 + 3 + 3 * 4) + 1);
  Numbers<int32_t> memory(GatherTableSize(g, 3));
  const GatherTable table = BuildGatherTable(g, 3, /*source_pixel_pitch=*/10, false, memory.data());
  EXPECT_EQ(table.tile, 3);
  EXPECT_EQ(table.tiles, 3);
  EXPECT_EQ(std::vector<int32_t>(table.first, table.first + 4), (std::vector<int32_t>{0, 0, 3, 3}));
  EXPECT_EQ(std::vector<int32_t>(table.target, table.target + 9),
            (std::vector<int32_t>{0, 1, 2, 3, 4, 5, 6, 7, 8}));
  EXPECT_EQ(std::vector<int32_t>(table.entries, table.entries + 12),
            (std::vector<int32_t>{0, -1, 0, 10,      // tap 0 reads one pixel to the left
                                  1, 0, 10, 20,      //
                                  2, 10, 20, -1}));  // tap 2 one to the right
}

TEST(GatherTest, TransposedTilesHoldPixelsOfOnePhase) {
  // Stride 2: the four phases of a 4 x 4 map have four pixels each, and each meets one tap of 2
  // x 2.
  ConvGeometry g;
  g.transposed = true;
  g.stride = 2;
  g.kernel_h = g.kernel_w = 2;
  g.source_h = g.source_w = 2;
  g.target_h = g.target_w = 4;
  Numbers<int32_t> memory(GatherTableSize(g, 4));
  const GatherTable table = BuildGatherTable(g, 4, 1, true, memory.data());
  ASSERT_EQ(table.tiles, 4);
  EXPECT_EQ(std::vector<int32_t>(table.target, table.target + 8),
            (std::vector<int32_t>{0, 2, 8, 10, 1, 3, 9, 11}));
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(table.first[i], i);
    const int32_t* record = table.entries + i * 5;
    EXPECT_EQ(std::vector<int32_t>(record, record + 5), (std::vector<int32_t>{i, 0, 1, 2, 3}));
  }
}

TEST(GatherTest, AKernelRowIsOneRecordWhereNoPixelMeetsPadding) {
  // A row of five pixels, three taps, stride 2, padding 1: the tile {0, 1} meets padding on the
  // left, the tile {2, none} on the right; without padding no tile does.
  ConvGeometry g;
  g.source_w = 5;
  g.target_w = 3;
  g.kernel_w = 3;
  g.stride = 2;
  g.padding = 1;
  g.kernel_h = 3;  // of which the middle row alone is not padding
  Numbers<int32_t> memory(GatherTableSize(g, 2));
  EXPECT_EQ(BuildGatherTable(g, 2, 4, true, memory.data()).first[2], 3 + 2);
  g.kernel_h = 1;
  g.padding = 0;
  g.target_w = 2;
  const GatherTable table = BuildGatherTable(g, 3, 4, true, memory.data());
  ASSERT_EQ(table.first[1], 1);
  EXPECT_EQ(std::vector<int32_t>(table.entries, table.entries + 4),
            (std::vector<int32_t>{2 << kTapBits, 0, 8, 0}));
}

TEST(GatherTest, SaysWhatTheDefinitionSays) {
  for (uint64_t seed = 0; seed < 1000; ++seed) {
    Random random = Random::Derive(seed, 1);
    const ConvGeometry g = DrawGeometry(&random, seed % 2 == 1);
    const int tile = static_cast<int>(Between(&random, 1, kMaxTile));
    const int64_t pitch = Between(&random, 1, 70);
    const bool whole_rows = random.Below(2) == 1;
    Numbers<int32_t> memory(GatherTableSize(g, tile));
    const GatherTable table = BuildGatherTable(g, tile, pitch, whole_rows, memory.data());
    ASSERT_TRUE(memory.Intact());
    ASSERT_EQ(table.tiles, GatherTiles(g, tile));

    // expected[target][tap] = source offset; -1 padding.
    std::vector<std::vector<int64_t>> expected(g.targets(), std::vector<int64_t>(g.taps(), -1));
    ForEachMeeting(g, [&](int64_t t, int64_t k, int64_t s) { expected[t][k] = s * pitch; });
    std::vector<std::vector<int64_t>> found(g.targets(), std::vector<int64_t>(g.taps(), -1));
    std::vector<int> written(g.targets(), 0);
    for (int32_t i = 0; i < table.tiles; ++i) {
      bool ended = false;
      for (int j = 0; j < tile; ++j) {
        const int32_t t = table.target[static_cast<int64_t>(i) * tile + j];
        ended |= t < 0;
        EXPECT_EQ(ended, t < 0) << "a pixel after the end of its tile";
        if (t < 0) continue;
        ASSERT_LT(t, g.targets());
        ++written[t];
      }
      for (int32_t r = table.first[i]; r < table.first[i + 1]; ++r) {
        const int32_t* record = table.entries + static_cast<int64_t>(r) * (1 + tile);
        const int32_t first_tap = record[0] & kTapMask, more_taps = record[0] >> kTapBits;
        EXPECT_TRUE(more_taps == 0 || (whole_rows && more_taps == g.kernel_w - 1));
        bool reads = false;
        for (int j = 0; j < tile; ++j) {
          const int32_t t = table.target[static_cast<int64_t>(i) * tile + j];
          const int32_t source = record[1 + j];
          for (int32_t k = 0; t >= 0 && k <= more_taps; ++k) {
            found[t].at(first_tap + k) = source < 0 ? source : source + k * pitch;
          }
          // A row is read whole where zeros would be too few.
          EXPECT_TRUE(more_taps == 0 || source >= 0);
          EXPECT_TRUE(t >= 0 || more_taps > 0 || source == -1) << "no pixel, but a source";
          reads |= source >= 0;
        }
        EXPECT_TRUE(reads) << "a record that reads only padding";
      }
    }
    EXPECT_EQ(written, std::vector<int>(g.targets(), 1)) << Describe(g);
    EXPECT_EQ(found, expected) << Describe(g) << ", tile " << tile;
  }
}

}  // namespace
}  // namespace slim
