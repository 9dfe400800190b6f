// What layers share that make each pixel of a map from several pixels of another.
#ifndef SLIMSPLIT_LAYERS_MAP_COMMON_H_
#define SLIMSPLIT_LAYERS_MAP_COMMON_H_

#include "core/parallel.h"
#include "layers/layer.h"

namespace slim {

// Calls body(x of the image, h, w, y of the pixel) for every pixel of the output.
template <class T, class Body>
void ForEachOutputPixel(const ForwardArgs<T>& a, const Body& body) {
  const Shape& x = a.inputs[0].shape;
  const Shape& y = a.output.shape;
  ParallelFor(y.n() * y.h(), 4, [&](int64_t begin, int64_t end, int) {
    for (int64_t row = begin; row < end; ++row) {
      const T* image = a.inputs[0].data + row / y.h() * x.h() * x.w() * x.c();
      for (int64_t w = 0; w < y.w(); ++w) {
        body(image, row % y.h(), w, a.output.data + (row * y.w() + w) * y.c());
      }
    }
  });
}

// An output pixel on the way back: what body adds to dx for it. Images lie where x, dx begin.
template <class T>
struct PixelGrad {
  const T* x;   // of the image
  T* dx;        // of the image
  const T* y;   // of the pixel
  const T* dy;  // of the pixel
  int64_t h, w;
};

// Calls body(PixelGrad) for every output pixel, the pixels of an image in order and by one worker,
// so that they can add to the same dx. dx is cleared first unless it accumulates.
template <class T, class Body>
void ForEachPixelGrad(const BackwardArgs<T>& a, const Body& body) {
  if (!a.grad_inputs[0]) return;
  const Shape& y = a.output.shape;
  const int64_t x_image = a.inputs[0].shape.Count() / a.inputs[0].shape.n();
  ParallelFor(y.n(), 1, [&](int64_t begin, int64_t end, int) {
    for (int64_t n = begin; n < end; ++n) {
      T* dx = a.grad_inputs[0].data + n * x_image;
      for (int64_t k = 0; k < x_image && !a.accumulate[0]; ++k) dx[k] = T{0};
      for (int64_t h = 0; h < y.h(); ++h) {
        for (int64_t w = 0; w < y.w(); ++w) {
          const int64_t at = ((n * y.h() + h) * y.w() + w) * y.c();
          body(PixelGrad<T>{a.inputs[0].data + n * x_image, dx, a.output.data + at,
                            a.grad_output.data + at, h, w});
        }
      }
    }
  });
}

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_MAP_COMMON_H_
