#include "autograd/tape_values.h"

#include <string.h>

#include "core/kernels/kernels.h"
#include "core/parallel.h"

namespace slim {
namespace {

// to (+)= from, stored the other way.
template <class From, class To>
void Convert(const From* from, int64_t count, bool accumulate, To* to) {
  ParallelFor(count, 4096, [&](int64_t begin, int64_t end, int) {
    const Kernels<Bf16>& kernels = GetKernels<Bf16>();
    if constexpr (std::is_same_v<From, Bf16>) {
      kernels.widen(from + begin, end - begin, accumulate, to + begin);
    } else {
      kernels.narrow(from + begin, end - begin, accumulate, to + begin);
    }
  });
}

// The other of T and Bf16.
template <class T, class S>
using Other = std::conditional_t<std::is_same_v<S, T>, Bf16, T>;

}  // namespace

template <class T>
int32_t TapeValues<T>::Add(const TensorView<const T>& value, const TensorView<T>& gradient) {
  Slot slot;
  slot.shape = value.shape;
  slot.real.value = value.data;
  slot.real.gradient = gradient.data;
  slot.wants_gradient = gradient.data != nullptr;
  slots_.push_back(slot);
  return static_cast<int32_t>(slots_.size()) - 1;
}

template <class T>
template <class S>
int32_t TapeValues<T>::AddNew(const Shape& shape) {
  Slot slot;
  slot.shape = shape;
  SideOf<S>(slot).value = Take<S>(shape);
  SideOf<S>(slot).owns_value = true;
  slots_.push_back(slot);
  return static_cast<int32_t>(slots_.size()) - 1;
}

template <class T>
TensorView<const T> TapeValues<T>::Value(int32_t id) {
  Slot& slot = slots_[id];
  if constexpr (kMixes) {
    if (slot.real.value == nullptr && slot.low.value != nullptr) {
      T* const copy = Take<T>(slot.shape);
      Convert(slot.low.value, slot.shape.Count(), false, copy);
      slot.real.value = copy;
      slot.real.owns_value = true;
    }
  }
  return TensorView<const T>(slot.real.value, slot.shape);
}

template <class T>
TensorView<T> TapeValues<T>::Seed(int32_t id) {
  Slot& slot = slots_[id];
  if (slot.real.gradient == nullptr) {
    slot.real.gradient = Take<T>(slot.shape);
    slot.real.owns_gradient = true;
    memset(static_cast<void*>(slot.real.gradient), 0, slot.shape.Count() * sizeof(T));
  }
  return TensorView<T>(slot.real.gradient, slot.shape);
}

template <class T>
template <class S>
TensorView<S> TapeValues<T>::ToWrite(int32_t id) {
  Slot& slot = slots_[id];
  return TensorView<S>(const_cast<S*>(SideOf<S>(slot).value), slot.shape);
}

template <class T>
template <class S>
TensorView<const S> TapeValues<T>::ToRead(int32_t id) {
  Slot& slot = slots_[id];
  const S* value = SideOf<S>(slot).value;
  if constexpr (kMixes) {
    const auto* other = SideOf<Other<T, S>>(slot).value;
    if (value == nullptr && other != nullptr) {
      S* const copy = Take<S>(slot.shape);
      copies_.push_back(copy);
      Convert(other, slot.shape.Count(), false, copy);
      value = copy;
    }
  }
  return TensorView<const S>(value, slot.shape);
}

template <class T>
template <class S>
TensorView<S> TapeValues<T>::GradientTo(int32_t id, bool* accumulate) {
  Slot& slot = slots_[id];
  Side<S>& side = SideOf<S>(slot);
  *accumulate = side.gradient != nullptr;
  if (!*accumulate) {
    side.gradient = Take<S>(slot.shape);
    side.owns_gradient = true;
  }
  return TensorView<S>(side.gradient, slot.shape);
}

template <class T>
template <class S>
TensorView<const S> TapeValues<T>::WholeGradient(int32_t id) {
  if constexpr (kMixes) {
    auto& other = SideOf<Other<T, S>>(slots_[id]);
    if (other.gradient != nullptr) {
      bool accumulate;
      const TensorView<S> whole = GradientTo<S>(id, &accumulate);
      Convert(other.gradient, whole.Count(), accumulate, whole.data);
      ReleaseGradientOf(&other);
    }
  }
  return TensorView<const S>(SideOf<S>(slots_[id]).gradient, slots_[id].shape);
}

template <class T>
template <class S>
void TapeValues<T>::ReleaseValueOf(Side<S>* side) {
  if (!side->owns_value) return;
  pool_.Release(const_cast<S*>(side->value));
  side->value = nullptr;
  side->owns_value = false;
}

template <class T>
template <class S>
void TapeValues<T>::ReleaseGradientOf(Side<S>* side) {
  if (!side->owns_gradient) return;
  pool_.Release(side->gradient);
  side->gradient = nullptr;
  side->owns_gradient = false;
}

template <class T>
void TapeValues<T>::ReleaseValue(int32_t id) {
  ReleaseValueOf(&slots_[id].real);
  ReleaseValueOf(&slots_[id].low);
}

template <class T>
void TapeValues<T>::ReleaseGradient(int32_t id) {
  ReleaseGradientOf(&slots_[id].real);
  ReleaseGradientOf(&slots_[id].low);
}

template <class T>
void TapeValues<T>::FinishLeaves() {
  for (size_t id = 0; id < slots_.size(); ++id) {
    const Side<T>& real = slots_[id].real;
    if (real.gradient != nullptr && !real.owns_gradient) WholeGradient<T>(static_cast<int32_t>(id));
  }
}

template <class T>
void TapeValues<T>::ReleaseCopies() {
  for (void* copy : copies_) pool_.Release(copy);
  copies_.clear();
}

template <class T>
void TapeValues<T>::Clear() {
  ReleaseCopies();
  for (size_t id = 0; id < slots_.size(); ++id) {
    ReleaseGradient(static_cast<int32_t>(id));
    ReleaseValue(static_cast<int32_t>(id));
  }
  slots_.clear();
}

#define SLIM_INSTANTIATE_STORED(T, S)                                  \
  template int32_t TapeValues<T>::AddNew<S>(const Shape&);             \
  template TensorView<S> TapeValues<T>::ToWrite<S>(int32_t);           \
  template TensorView<const S> TapeValues<T>::ToRead<S>(int32_t);      \
  template TensorView<S> TapeValues<T>::GradientTo<S>(int32_t, bool*); \
  template TensorView<const S> TapeValues<T>::WholeGradient<S>(int32_t)

template class TapeValues<float>;
template class TapeValues<double>;
SLIM_INSTANTIATE_STORED(float, float);
SLIM_INSTANTIATE_STORED(float, Bf16);
SLIM_INSTANTIATE_STORED(double, double);

}  // namespace slim
