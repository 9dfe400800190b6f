// Which taps of a kernel meet which source pixels, for portable loops.
#ifndef SLIMSPLIT_CORE_KERNELS_PORTABLE_TAPS_H_
#define SLIMSPLIT_CORE_KERNELS_PORTABLE_TAPS_H_

#include "core/kernels/gather.h"

namespace slim {
namespace {

// Calls visit(tap, source pixel) for the taps of target pixel (th, tw) that do not read padding.
template <class Visit>
void ForEachTap(const ConvGeometry& g, int64_t th, int64_t tw, Visit visit) {
  for (int64_t kh = 0; kh < g.kernel_h; ++kh) {
    for (int64_t kw = 0; kw < g.kernel_w; ++kw) {
      int64_t h = th * g.stride - g.padding + kh, w = tw * g.stride - g.padding + kw;
      if (g.transposed) {
        h = th + g.padding - kh;
        w = tw + g.padding - kw;
        if (h < 0 || w < 0 || h % g.stride != 0 || w % g.stride != 0) continue;
        h /= g.stride;
        w /= g.stride;
      }
      if (h < 0 || w < 0 || h >= g.source_h || w >= g.source_w) continue;
      visit(kh * g.kernel_w + kw, h * g.source_w + w);
    }
  }
}

}  // namespace
}  // namespace slim

#endif  // SLIMSPLIT_CORE_KERNELS_PORTABLE_TAPS_H_
