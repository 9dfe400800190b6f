// Places of buffers: what is alive at once does not overlap, and little is wasted.
#include "split/runtime/placement.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "core/random.h"
#include "core/workspace.h"

namespace slim {
namespace {

int64_t Place(std::vector<PlacedBuffer>* buffers) {
  std::vector<int32_t> order(buffers->size());
  return PlaceBuffers(buffers->data(), static_cast<int32_t>(buffers->size()), order.data());
}

TEST(Placement, AChainNeedsTwoBuffers) {
  std::vector<PlacedBuffer> chain = {{128, 0, 1}, {64, 1, 2}, {128, 2, 3}, {64, 3, 4}};
  EXPECT_EQ(Place(&chain), 192);
  EXPECT_EQ(chain[0].offset, 0);
  EXPECT_EQ(chain[1].offset, 128);
  EXPECT_EQ(chain[2].offset, 0);
  EXPECT_EQ(chain[3].offset, 128);
}

TEST(Placement, AShortcutKeepsItsPlace) {
  // a lives on while b and c pass; c takes the gap that b leaves only where it fits.
  std::vector<PlacedBuffer> buffers = {{100, 0, 3}, {64, 1, 1}, {65, 2, 3}};
  EXPECT_EQ(Place(&buffers), 256);
  EXPECT_EQ(buffers[0].offset, 0);
  EXPECT_EQ(buffers[1].offset, 128);
  EXPECT_EQ(buffers[2].offset, 128);
}

TEST(Placement, NothingNeedsNothing) {
  std::vector<PlacedBuffer> none, empty = {{0, 0, 9}, {0, 2, 3}};
  EXPECT_EQ(Place(&none), 0);
  EXPECT_EQ(Place(&empty), 0);
}

// Law "plan": live buffers are disjoint, and the arena covers them.
TEST(Placement, LiveBuffersAreDisjoint) {
  for (uint64_t seed = 0; seed < 500; ++seed) {
    Random random = Random::Derive(seed, 1);
    std::vector<PlacedBuffer> buffers(1 + random.Below(40));
    int64_t most_alive = 0;
    for (PlacedBuffer& b : buffers) {
      b.bytes = static_cast<int64_t>(random.Below(4) == 0 ? random.Below(9000) : random.Below(300));
      b.first = static_cast<int32_t>(random.Below(30));
      b.last = b.first + static_cast<int32_t>(random.Below(8));
    }
    const int64_t arena = Place(&buffers);
    for (int32_t step = 0; step < 40; ++step) {
      int64_t alive = 0;
      for (const PlacedBuffer& b : buffers) {
        if (b.first <= step && step <= b.last) alive += AlignUp(b.bytes);
      }
      most_alive = std::max(most_alive, alive);
    }
    EXPECT_LE(most_alive, arena) << seed;
    EXPECT_LE(arena, 2 * most_alive) << seed;
    for (size_t i = 0; i < buffers.size(); ++i) {
      const PlacedBuffer& a = buffers[i];
      EXPECT_EQ(a.offset % kAlignment, 0);
      EXPECT_GE(a.offset, 0);
      EXPECT_LE(a.offset + a.bytes, arena);
      for (size_t j = 0; j < i; ++j) {
        const PlacedBuffer& b = buffers[j];
        if (a.first > b.last || b.first > a.last || a.bytes == 0 || b.bytes == 0) continue;
        EXPECT_TRUE(a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset)
            << "seed " << seed << ": buffers " << i << " and " << j;
      }
    }
  }
}

}  // namespace
}  // namespace slim
