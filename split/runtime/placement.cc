#include "split/runtime/placement.h"

#include "core/workspace.h"

namespace slim {
namespace {

bool Meet(const PlacedBuffer& a, const PlacedBuffer& b) {
  return a.first <= b.last && b.first <= a.last;
}

}  // namespace

int64_t PlaceBuffers(PlacedBuffer* buffers, int32_t count, int32_t* order) {
  // Those that are placed already stand in `order` by offset; each new one goes into the first gap.
  int32_t placed = 0;
  int64_t arena = 0;
  for (int32_t k = 0; k < count; ++k) buffers[k].offset = -1;
  for (; placed < count; ++placed) {
    int32_t next = -1;
    for (int32_t k = 0; k < count; ++k) {
      if (buffers[k].offset < 0 && (next < 0 || buffers[k].bytes > buffers[next].bytes)) next = k;
    }
    PlacedBuffer& buffer = buffers[next];
    int64_t free = 0;
    for (int32_t k = 0; k < placed; ++k) {
      const PlacedBuffer& other = buffers[order[k]];
      if (!Meet(buffer, other)) continue;
      if (other.offset - free >= buffer.bytes) break;
      const int64_t end = other.offset + AlignUp(other.bytes);
      if (end > free) free = end;
    }
    buffer.offset = free;
    if (free + AlignUp(buffer.bytes) > arena) arena = free + AlignUp(buffer.bytes);
    int32_t place = placed;
    for (; place > 0 && buffers[order[place - 1]].offset > free; --place) {
      order[place] = order[place - 1];
    }
    order[place] = next;
  }
  return arena;
}

}  // namespace slim
