// TapeValues: the numbers on a tape and their gradients. Each is stored as T or as Bf16, as the
// layer that made it does; who reads it the other way gets a copy.
#ifndef SLIMSPLIT_AUTOGRAD_TAPE_VALUES_H_
#define SLIMSPLIT_AUTOGRAD_TAPE_VALUES_H_

#include <type_traits>
#include <vector>

#include "autograd/buffer_pool.h"
#include "core/bf16.h"
#include "core/tensor_view.h"

namespace slim {

template <class T>
class TapeValues {
 public:
  explicit TapeValues(BufferPool* pool) : pool_(*pool) {}
  ~TapeValues() { Clear(); }
  TapeValues(const TapeValues&) = delete;
  TapeValues& operator=(const TapeValues&) = delete;

  // A value that lives elsewhere, with a gradient that does or, where its data are null, with none.
  // Returns its number.
  int32_t Add(const TensorView<const T>& value, const TensorView<T>& gradient);
  // A new value, stored as S: T or (where T is float) Bf16.
  template <class S>
  int32_t AddNew(const Shape& shape);

  const Shape& ShapeOf(int32_t id) const { return slots_[id].shape; }
  bool WantsGradient(int32_t id) const { return slots_[id].wants_gradient; }
  void SetWantsGradient(int32_t id) { slots_[id].wants_gradient = true; }
  bool HasGradient(int32_t id) const {
    return slots_[id].real.gradient != nullptr || slots_[id].low.gradient != nullptr;
  }

  // As T for whoever watches the tape, until the value is released; its gradient, zero when it is
  // first asked for, is to be added to.
  TensorView<const T> Value(int32_t id);
  TensorView<T> Seed(int32_t id);

  // Memory of a value that AddNew made as S, to be written.
  template <class S>
  TensorView<S> ToWrite(int32_t id);
  // As S, where that takes a copy until ReleaseCopies. Null data for a value that was released.
  template <class S>
  TensorView<const S> ToRead(int32_t id);
  void ReleaseCopies();
  // Where a gradient is replaced or, where `accumulate` is then true, added to.
  template <class S>
  TensorView<S> GradientTo(int32_t id, bool* accumulate);
  // All that the gradient has, as S.
  template <class S>
  TensorView<const S> WholeGradient(int32_t id);

  void ReleaseValue(int32_t id);
  void ReleaseGradient(int32_t id);
  // Adds what leaves have as Bf16 to their gradients.
  void FinishLeaves();
  void Clear();

 private:
  template <class S>
  struct Side {
    const S* value = nullptr;
    S* gradient = nullptr;
    bool owns_value = false, owns_gradient = false;
  };
  struct Slot {
    Shape shape;
    Side<T> real;
    Side<Bf16> low;
    bool wants_gradient = false;
  };
  // Whether Bf16 can take the place of T.
  static constexpr bool kMixes = std::is_same_v<T, float>;

  template <class S>
  static Side<S>& SideOf(Slot& slot) {
    if constexpr (std::is_same_v<S, T>) {
      return slot.real;
    } else {
      return slot.low;
    }
  }
  template <class S>
  S* Take(const Shape& shape) {
    return static_cast<S*>(pool_.Acquire(shape.Count() * sizeof(S)));
  }
  template <class S>
  void ReleaseValueOf(Side<S>* side);
  template <class S>
  void ReleaseGradientOf(Side<S>* side);

  BufferPool& pool_;
  std::vector<Slot> slots_;
  std::vector<void*> copies_;
};

}  // namespace slim

#endif  // SLIMSPLIT_AUTOGRAD_TAPE_VALUES_H_
