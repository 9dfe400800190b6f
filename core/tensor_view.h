// TensorView: somebody else's numbers, seen with a shape and a pitch per axis.
//
// A view owns nothing. Cutting a view to a prefix of each axis keeps the pitches, which is all that
// running a network at a narrower width asks of its weights.
#ifndef SLIMSPLIT_CORE_TENSOR_VIEW_H_
#define SLIMSPLIT_CORE_TENSOR_VIEW_H_

#include "core/shape.h"
#include "core/status.h"

namespace slim {

template <class T>
struct TensorView {
  T* data = nullptr;
  Shape shape;
  int64_t pitch[kMaxRank] = {};  // elements from one index of an axis to the next

  TensorView() = default;

  // A dense view: the last axis is contiguous, each other one as tight as it can be.
  TensorView(T* elements, const Shape& dense_shape) : data(elements), shape(dense_shape) {
    int64_t step = 1;
    for (int i = shape.rank - 1; i >= 0; --i) {
      pitch[i] = step;
      step *= shape.dim[i];
    }
  }

  // A view to change is also a view to read.
  operator TensorView<const T>() const {  // NOLINT(google-explicit-constructor)
    TensorView<const T> view(data, shape);
    for (int i = 0; i < shape.rank; ++i) view.pitch[i] = pitch[i];
    return view;
  }

  // The first `active.dim[i]` indices of each axis, with this view's pitches.
  TensorView Prefix(const Shape& active) const {
    SLIM_ASSERT(active.rank == shape.rank);
    TensorView view = *this;
    view.shape = active;
    return view;
  }

  int64_t Count() const { return shape.Count(); }
  T& operator[](int64_t i) const { return data[i]; }
  explicit operator bool() const { return data != nullptr; }
};

// Calls visit(dense index, address in the view) for each element, in dense order.
template <class T, class Visit>
void ForEach(const TensorView<T>& view, Visit visit) {
  int64_t index[kMaxRank] = {};
  const int64_t count = view.Count();
  for (int64_t i = 0; i < count; ++i) {
    int64_t offset = 0;
    for (int axis = 0; axis < view.shape.rank; ++axis) offset += index[axis] * view.pitch[axis];
    visit(i, view.data + offset);
    for (int axis = view.shape.rank - 1; axis >= 0 && ++index[axis] == view.shape.dim[axis];
         --axis) {
      index[axis] = 0;
    }
  }
}

}  // namespace slim

#endif  // SLIMSPLIT_CORE_TENSOR_VIEW_H_
