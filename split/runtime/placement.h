// Placement: puts buffers that are alive at the same time side by side in one arena.
#ifndef SLIMSPLIT_SPLIT_RUNTIME_PLACEMENT_H_
#define SLIMSPLIT_SPLIT_RUNTIME_PLACEMENT_H_

#include <stdint.h>

namespace slim {

// Memory that is needed from step `first` to step `last`, both included.
struct PlacedBuffer {
  int64_t bytes = 0;
  int32_t first = 0, last = 0;
  int64_t offset = 0;  // the answer, kAlignment aligned
};

// Chooses the offsets and returns the bytes of the arena: the largest buffer first, each at the
// lowest place that is free while it lives (Pisarchyk and Lee, 2020, "greedy by size"). `order` has
// room for `count` numbers. Takes time that grows with the square of `count`.
int64_t PlaceBuffers(PlacedBuffer* buffers, int32_t count, int32_t* order);

}  // namespace slim

#endif  // SLIMSPLIT_SPLIT_RUNTIME_PLACEMENT_H_
