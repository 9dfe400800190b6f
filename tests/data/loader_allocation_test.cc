// In the steady state a loader allocates nothing: the linker passes each call of operator new
// through this test.
#include <stddef.h>
#include <stdint.h>

#include <atomic>

#include "data/loader.h"
#include "gtest/gtest.h"
#include "tests/data/data_support.h"

namespace {
std::atomic<int64_t> allocations{0};
}  // namespace

// -Wl,--wrap: the name of operator new(size_t) with __real_ before it is the original.
extern "C" void* __real__Znwm(size_t bytes);
extern "C" void* __wrap__Znwm(size_t bytes) {
  ++allocations;
  return __real__Znwm(bytes);
}

namespace slim {
namespace {

TEST(Loader, AllocatesNothingInTheSteadyState) {
  const CountingDataset dataset(101, 16);
  LoaderOptions options;
  options.batch_size = 8;
  options.augment = Augment(
      "pad-crop:2,flip,random-resized-crop:12,center-crop:14,cutout:3,color-jitter:0.3:0.3:0.3");
  options.threads = 1;  // with more, it is chance when each of them has grown its memory
  Loader loader(dataset, options);
  int64_t before = 0;
  for (int epoch = 0; epoch < 40; ++epoch) {
    // Filter tables grow to the widest crop that was drawn; that takes some epochs.
    if (epoch == 20) before = allocations;
    loader.StartEpoch(epoch);
    while (loader.Next() != nullptr) {
    }
  }
  EXPECT_GT(before, 0);
  EXPECT_EQ(allocations - before, 0);
}

}  // namespace
}  // namespace slim
