// The taps of a depthwise kernel along one axis, without those that read padding.
#ifndef SLIMSPLIT_CORE_KERNELS_AXIS_TAPS_H_
#define SLIMSPLIT_CORE_KERNELS_AXIS_TAPS_H_

#include "core/kernels/gather.h"

namespace slim {
namespace {

inline int64_t Min(int64_t a, int64_t b) { return a < b ? a : b; }
inline int64_t Max(int64_t a, int64_t b) { return a > b ? a : b; }

// Along one axis, the taps through which a target reads no padding: tap k reads source s, and so on
// in steps.
struct Taps {
  int64_t k, s, k_step, s_step, count;

  Taps(const ConvGeometry& g, int64_t target, int64_t kernel, int64_t size) {
    k_step = g.transposed ? g.stride : 1;
    s_step = g.transposed ? -1 : 1;
    k = g.transposed ? (target + g.padding) % g.stride : 0;
    s = g.transposed ? (target + g.padding) / g.stride : target * g.stride - g.padding;
    const int64_t outside = Max(0, g.transposed ? s - (size - 1) : -s);
    k += outside * k_step;
    s += outside * s_step;
    const int64_t taps = k < kernel ? (kernel - 1 - k) / k_step + 1 : 0;
    count = Max(0, Min(taps, g.transposed ? s + 1 : size - s));
  }
};

}  // namespace
}  // namespace slim

#endif  // SLIMSPLIT_CORE_KERNELS_AXIS_TAPS_H_
