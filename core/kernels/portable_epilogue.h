// What the portable kernels do to a sum before they store it.
#ifndef SLIMSPLIT_CORE_KERNELS_PORTABLE_EPILOGUE_H_
#define SLIMSPLIT_CORE_KERNELS_PORTABLE_EPILOGUE_H_

#include "core/kernels/kernels.h"

namespace slim {
namespace {

template <class T>
T Limit(T value, Clamp<T> clamp) {
  return value < clamp.low ? clamp.low : value > clamp.high ? clamp.high : value;
}

template <class T>
Real<T> Finish(const Epilogue<T>& e, Real<T> sum, int64_t channel, int64_t offset) {
  if (e.scale != nullptr) sum *= e.scale[channel];
  if (e.bias != nullptr) sum += e.bias[channel];
  if (e.residual != nullptr) sum += e.residual[offset];
  return Limit(sum, e.clamp);
}

}  // namespace
}  // namespace slim

#endif  // SLIMSPLIT_CORE_KERNELS_PORTABLE_EPILOGUE_H_
