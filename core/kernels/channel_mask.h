// The gradient that a clamp after a normalisation lets through, for the kernel sources that are
// compiled once per instruction set.
#ifndef SLIMSPLIT_CORE_KERNELS_CHANNEL_MASK_H_
#define SLIMSPLIT_CORE_KERNELS_CHANNEL_MASK_H_

#include "core/kernels/kernels.h"
#include "core/kernels/vec.h"

namespace slim {
namespace {

// The gradient where the clamp let it through.
inline Vec Through(Vec dy, Vec y, Vec low, Vec high) {
  const Vec kept = y > low ? dy : Vec{};
  return y < high ? kept : Vec{};
}

// The mask of some channels from c on.
struct ChannelMask {
  bool any;
  Vec low, high, scale = {}, shift = {};

  ChannelMask(const MaskedGrad<float>& a, int64_t c, int64_t lanes)
      : any(a.scale != nullptr), low(Splat(a.clamp.low)), high(Splat(a.clamp.high)) {
    if (!any) return;
    scale = LoadUpTo(a.scale + c, lanes);
    shift = LoadUpTo(a.shift + c, lanes);
  }
  Vec operator()(Vec dy, Vec x) const {
    return any ? Through(dy, x * scale + shift, low, high) : dy;
  }
};

}  // namespace
}  // namespace slim

#endif  // SLIMSPLIT_CORE_KERNELS_CHANNEL_MASK_H_
