// What pooling layers share: which pixels each output pixel sees.
#ifndef SLIMSPLIT_LAYERS_POOL_COMMON_H_
#define SLIMSPLIT_LAYERS_POOL_COMMON_H_

#include "layers/conv_common.h"
#include "layers/layer.h"

namespace slim {

// A square window that moves over a map with `padding` pixels around it.
struct PoolWindow {
  int64_t kernel, stride, padding;

  // Judges the window and finds the output of pooling x. As in PyTorch at most half of the kernel
  // may be padding; so every window sees at least one pixel of the map.
  Status Infer(const Shape& x, Shape* y) const {
    if (kernel < 1 || stride < 1) return Invalid("kernel and stride must be at least 1", kernel);
    if (2 * padding > kernel) return Invalid("padding must be at most half the kernel", padding);
    *y = Shape(x.n(), ConvOutputSize(x.h(), kernel, stride, padding),
               ConvOutputSize(x.w(), kernel, stride, padding), x.c());
    if (y->h() < 1 || y->w() < 1) {
      return Invalid("the kernel is larger than the padded input", kernel);
    }
    return OkStatus();
  }

  // Calls visit(pixel) for the pixels of one image of x that output pixel (h, w) sees, row by row.
  template <class Visit>
  void ForEachPixel(const Shape& x, int64_t h, int64_t w, const Visit& visit) const {
    const int64_t top = h * stride - padding, left = w * stride - padding;
    const int64_t row_end = top + kernel < x.h() ? top + kernel : x.h();
    const int64_t column_end = left + kernel < x.w() ? left + kernel : x.w();
    for (int64_t row = top > 0 ? top : 0; row < row_end; ++row) {
      for (int64_t column = left > 0 ? left : 0; column < column_end; ++column) {
        visit(row * x.w() + column);
      }
    }
  }

  // Pixels that the mean of output pixel (h, w) is taken over.
  int64_t Count(const Shape& x, int64_t h, int64_t w, bool include_padding) const {
    if (include_padding) return kernel * kernel;
    int64_t count = 0;
    ForEachPixel(x, h, w, [&](int64_t) { ++count; });
    return count;
  }
};

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_POOL_COMMON_H_
