// Which pixels of its input a pixel of Upsample's output mixes; the forward pass gathers through
// it, the gradient scatters.
#ifndef SLIMSPLIT_LAYERS_UPSAMPLE_COMMON_H_
#define SLIMSPLIT_LAYERS_UPSAMPLE_COMMON_H_

#include "layers/upsample.h"

namespace slim {

// The two pixels, along one axis, between which a pixel of the output lies.
struct UpsampleAxis {
  int64_t near, far;
  double far_weight;  // in [0, 1); the near one has the rest; 0 where there is no far one

  UpsampleAxis(int64_t target, int64_t size, const Upsample& l)
      : near(target / l.factor), far(near), far_weight(0) {
    if (!l.bilinear) return;
    const double last = static_cast<double>(size - 1);
    double at = (static_cast<double>(target) + 0.5) / l.factor - 0.5;
    at = at < 0 ? 0 : at > last ? last : at;  // the border is repeated
    near = static_cast<int64_t>(at);
    far = near + 1;
    far_weight = at - static_cast<double>(near);
  }
};

// Calls visit(pixel of x, weight) for the one to four pixels that output pixel (h, w) mixes.
template <class Visit>
void ForEachUpsampled(const Upsample& l, const Shape& x, int64_t h, int64_t w, const Visit& visit) {
  const UpsampleAxis row(h, x.h(), l), column(w, x.w(), l);
  for (int i = 0; i < (row.far_weight > 0 ? 2 : 1); ++i) {
    for (int j = 0; j < (column.far_weight > 0 ? 2 : 1); ++j) {
      const double row_weight = i == 0 ? 1 - row.far_weight : row.far_weight;
      const double column_weight = j == 0 ? 1 - column.far_weight : column.far_weight;
      visit((i == 0 ? row.near : row.far) * x.w() + (j == 0 ? column.near : column.far),
            row_weight * column_weight);
    }
  }
}

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_UPSAMPLE_COMMON_H_
