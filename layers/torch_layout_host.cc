#include "layers/torch_layout_host.h"

namespace slim {
namespace {

// Elements from one index of each of our axes to the next, in PyTorch's memory.
template <class T>
void SetPitches(ParamRole role, TensorView<T>* view) {
  const int64_t* dim = view->shape.dim;
  int64_t* pitch = view->pitch;
  switch (role) {
    case ParamRole::kConvWeight:
      pitch[3] = 1;
      pitch[2] = dim[3];
      pitch[4] = dim[2] * dim[3];
      pitch[1] = dim[4] * pitch[4];
      pitch[0] = dim[1] * pitch[1];
      return;
    case ParamRole::kTransposedConvWeight:
      pitch[3] = 1;
      pitch[2] = dim[3];
      pitch[1] = dim[2] * dim[3];
      pitch[4] = dim[1] * pitch[1];
      pitch[0] = dim[4] * pitch[4];
      return;
    case ParamRole::kDepthwiseWeight:
      pitch[1] = 1;
      pitch[0] = dim[1];
      pitch[2] = dim[0] * dim[1];
      return;
    case ParamRole::kLinearWeight:
      pitch[1] = 1;
      pitch[2] = dim[1];
      pitch[0] = dim[1] * dim[2];
      return;
    default:
      return;  // dense
  }
}

}  // namespace

std::vector<int64_t> TorchShape(ParamRole role, const Shape& ours) {
  const int64_t* d = ours.dim;
  switch (role) {
    case ParamRole::kConvWeight:
      return {d[0] * d[1], d[4], d[2], d[3]};
    case ParamRole::kTransposedConvWeight:
      return {d[4], d[1], d[2], d[3]};
    case ParamRole::kDepthwiseWeight:
      return {d[2], 1, d[0], d[1]};
    case ParamRole::kLinearWeight:
      return {d[0], d[1] * d[2]};
    default:
      return std::vector<int64_t>(d, d + ours.rank);
  }
}

template <class T>
TensorView<T> TorchView(ParamRole role, const Shape& ours, T* torch) {
  TensorView<T> view(torch, ours);
  SetPitches(role, &view);
  return view;
}

template <class T>
void ToTorch(ParamRole role, const Shape& ours, const T* from, T* torch) {
  ForEach(TorchView(role, ours, torch), [&](int64_t i, T* place) { *place = from[i]; });
}

template <class T>
void FromTorch(ParamRole role, const Shape& ours, const T* torch, T* to) {
  ForEach(TorchView(role, ours, torch), [&](int64_t i, const T* place) { to[i] = *place; });
}

#define SLIM_INSTANTIATE(T)                                                           \
  template TensorView<T> TorchView<T>(ParamRole, const Shape&, T*);                   \
  template TensorView<const T> TorchView<const T>(ParamRole, const Shape&, const T*); \
  template void ToTorch<T>(ParamRole, const Shape&, const T*, T*);                    \
  template void FromTorch<T>(ParamRole, const Shape&, const T*, T*)
SLIM_INSTANTIATE(float);
SLIM_INSTANTIATE(double);
#undef SLIM_INSTANTIATE

}  // namespace slim
