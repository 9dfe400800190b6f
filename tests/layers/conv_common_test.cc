// How a convolution is shared between workers: each tile of each block of outputs exactly once, by
// as many workers as find work, and what is folded in beside its outputs.
#include "layers/conv_common.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "core/parallel_host.h"

namespace slim {
namespace {

struct Sharing {
  std::vector<std::vector<int>> times;  // [tile][block]
  int workers = 0;
  bool by_outputs = true;  // each worker computes all tiles
};

constexpr int64_t kGrain = 8, kTapPitch = 5 * kBlock, kBlockPitch = 3 * kTapPitch;

// Shares `tiles` tiles of `outputs` outputs and notes who is asked for what. A call must get the
// numbers that belong to its outputs.
Sharing Share(int64_t tiles, int64_t outputs, bool more_weights) {
  const std::vector<float> numbers(RoundUpToBlock(outputs) * kBlockPitch);
  std::vector<float> target(numbers.size());
  GatherConvArgs<float> a;
  a.packed = a.epilogue.scale = a.epilogue.bias = a.epilogue.residual = numbers.data();
  a.tap_pitch = kTapPitch;
  a.block_pitch = kBlockPitch;
  a.target = target.data();
  a.outputs = outputs;
  const int64_t blocks = RoundUpToBlock(outputs) / kBlock;
  // Workers do not meet: each writes its own place.
  struct Call {
    GatherConvArgs<float> args;
    int64_t begin, end;
  };
  std::vector<Call> calls(kMaxWorkers);
  ShareConv(a, tiles, kGrain, more_weights,
            [&](const GatherConvArgs<float>& mine, int64_t begin, int64_t end, int worker) {
              calls[worker] = {mine, begin, end};
            });
  Sharing sharing;
  sharing.times.assign(tiles, std::vector<int>(blocks));
  for (const Call& call : calls) {
    if (call.args.outputs == 0) continue;
    ++sharing.workers;
    sharing.by_outputs &= call.begin == 0 && call.end == tiles;
    const int64_t o = call.args.target - target.data();
    EXPECT_EQ(o % kBlock, 0);
    EXPECT_TRUE(o + call.args.outputs == outputs || call.args.outputs % kBlock == 0);
    EXPECT_EQ(call.args.packed - numbers.data(), o / kBlock * kBlockPitch);
    for (const float* vector :
         {call.args.epilogue.scale, call.args.epilogue.bias, call.args.epilogue.residual}) {
      EXPECT_EQ(vector - numbers.data(), o);
    }
    for (int64_t t = call.begin; t < call.end; ++t) {
      for (int64_t b = 0; b * kBlock < call.args.outputs; ++b) ++sharing.times[t][o / kBlock + b];
    }
  }
  return sharing;
}

class ShareConvTest : public testing::Test {
 protected:
  ~ShareConvTest() override { UseThreads(1); }
};

TEST_F(ShareConvTest, EachTileOfEachBlockOnce) {
  for (const int threads : {1, 2, 3, 4}) {
    UseThreads(threads);
    for (const int64_t tiles : {1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 64, 100}) {
      for (const int64_t outputs : {1, 4, 16, 17, 20, 48, 64, 130}) {
        for (const bool more_weights : {false, true}) {
          const Sharing sharing = Share(tiles, outputs, more_weights);
          const std::vector<int> once(RoundUpToBlock(outputs) / kBlock, 1);
          EXPECT_EQ(sharing.times, std::vector<std::vector<int>>(tiles, once))
              << threads << " threads, " << tiles << " tiles, " << outputs << " outputs";
          // No fewer than tiles alone would give work to.
          EXPECT_GE(sharing.workers, std::min<int64_t>(threads, tiles / kGrain));
        }
      }
    }
  }
}

TEST_F(ShareConvTest, FewTilesAreSharedByOutputs) {
  UseThreads(4);
  EXPECT_EQ(Share(9, 64, false).workers, 4);   // a map of 7x7 in tiles of six
  EXPECT_EQ(Share(1, 130, false).workers, 1);  // one pixel: too little for two
  EXPECT_EQ(Share(20, 16, false).workers, 2);  // one block, two parts of the tiles
}

TEST_F(ShareConvTest, WorkersReadAPartOfManyWeightsOrAPartOfTheSources) {
  UseThreads(2);
  EXPECT_TRUE(Share(64, 64, true).by_outputs);
  EXPECT_FALSE(Share(64, 64, false).by_outputs);
  EXPECT_FALSE(Share(64, 48, true).by_outputs);  // two blocks for one worker and one for the other
}

}  // namespace
}  // namespace slim
