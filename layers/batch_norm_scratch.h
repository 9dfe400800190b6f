// How BatchNorm lays out its scratch memory: the same lines measure it in Infer and use it in the
// verbs.
#ifndef SLIMSPLIT_LAYERS_BATCH_NORM_SCRATCH_H_
#define SLIMSPLIT_LAYERS_BATCH_NORM_SCRATCH_H_

#include "layers/norm_common.h"

namespace slim {

// Kept from ForwardTrain to Backward.
template <class T>
struct BatchNormSaved {
  T* mean;          // of the batch
  double* inverse;  // 1 / sqrt(var + eps) of the batch
  T* scale;         // y = clamp(x * scale + shift)
  T* shift;
  BatchNormSaved(int64_t channels, Workspace& w)
      : mean(w.Take<T>(channels)),
        inverse(w.Take<double>(channels)),
        scale(w.Take<T>(channels)),
        shift(w.Take<T>(channels)) {}
};

template <class T>
struct BatchNormScratch {
  ChannelSums sums;
  T* a;  // per-channel coefficients of the pass over all pixels
  T* b;
  T* c;
  T* scale;  // y = clamp(x * scale + shift) by running statistics
  T* shift;
  BatchNormScratch(int64_t channels, int workers, Workspace& w)
      : sums(channels, workers, w),
        a(w.Take<T>(channels)),
        b(w.Take<T>(channels)),
        c(w.Take<T>(channels)),
        scale(w.Take<T>(channels)),
        shift(w.Take<T>(channels)) {}
};

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_BATCH_NORM_SCRATCH_H_
