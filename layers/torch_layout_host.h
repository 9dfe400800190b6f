// PyTorch's layout of parameters: how a weight of ours lies in a state_dict, and back.
//
//   role        ours                        PyTorch
//   conv        [G][O/G][KH][KW][I/G]       [O][I/G][KH][KW]
//   transposed  [1][O][KH][KW][I]           [I][O][KH][KW]
//   depthwise   [KH][KW][C]                 [C][1][KH][KW]
//   linear      [O][taps][I]                [O][I * taps], the taps of one channel together
//   others      as they are                 the same
#ifndef SLIMSPLIT_LAYERS_TORCH_LAYOUT_HOST_H_
#define SLIMSPLIT_LAYERS_TORCH_LAYOUT_HOST_H_

#include <stdint.h>

#include <vector>

#include "core/tensor_view.h"
#include "layers/layer.h"

namespace slim {

// The shape that PyTorch gives to a parameter whose shape here is `ours`.
std::vector<int64_t> TorchShape(ParamRole role, const Shape& ours);

// PyTorch's numbers seen with our axes: element i of ForEach is element i of our dense tensor.
template <class T>
TensorView<T> TorchView(ParamRole role, const Shape& ours, T* torch);

// Both write ours.Count() elements; source and target must not overlap.
template <class T>
void ToTorch(ParamRole role, const Shape& ours, const T* from, T* torch);
template <class T>
void FromTorch(ParamRole role, const Shape& ours, const T* torch, T* to);

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_TORCH_LAYOUT_HOST_H_
