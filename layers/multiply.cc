#include "layers/multiply.h"

#include "core/kernels/kernels.h"
#include "core/parallel.h"
#include "core/workspace.h"
#include "layers/activation.h"

namespace slim {

Status Multiply::Infer(Inference& i) const {
  SLIM_RETURN_IF_ERROR(ExpectInputs(i, 2));
  const Shape& x = i.inputs[0];
  if (i.inputs[1] != Shape(x.n(), 1, 1, x.c())) {
    return Invalid("the second input must have one pixel, and the images and channels of the first",
                   i.inputs[1].c());
  }
  i.output = x;
  i.macs = x.Count();
  Workspace scratch;
  scratch.Take<char>(x.c() * i.scalar_bytes);
  i.forward_scratch_bytes = scratch.used();
  return OkStatus();
}

template <class T>
void Multiply::Forward(const ForwardArgs<T>& a) const {
  const Shape& x = a.output.shape;
  const int64_t pixels = x.h() * x.w(), channels = x.c();
  Workspace scratch(a.scratch);
  T* const zeros = scratch.Take<T>(channels);
  for (int64_t c = 0; c < channels; ++c) zeros[c] = T{0};
  ParallelFor(x.pixels(), 64, [&](int64_t begin, int64_t end, int) {
    while (begin < end) {
      const int64_t n = begin / pixels;
      const int64_t of_image = (n + 1) * pixels - begin;
      const int64_t count = of_image < end - begin ? of_image : end - begin;
      GetKernels<T>().channel_affine(
          a.inputs[0].data + begin * channels, count, channels, a.inputs[1].data + n * channels,
          zeros, ClampOf<T>(Activation::kNone), a.output.data + begin * channels);
      begin += count;
    }
  });
}

SLIM_INSTANTIATE_FORWARD(Multiply);

}  // namespace slim
