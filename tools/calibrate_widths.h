// Calibration of widths with training images: what `slimsplit calibrate` does, and
// `slimsplit train` at its end.
#ifndef SLIMSPLIT_TOOLS_CALIBRATE_WIDTHS_H_
#define SLIMSPLIT_TOOLS_CALIBRATE_WIDTHS_H_

#include <functional>
#include <string>
#include <vector>

#include "autograd/parameters.h"
#include "data/loader.h"

namespace slim {

// How calibration reads the training images: shuffled by the seed, whole batches, augmented as the
// weights have seen them: what they learnt goes with those statistics. The caller adds the
// normalisation.
LoaderOptions CalibrationLoading(int64_t batch_size, const std::string& augment, uint64_t seed);

// Calibrates each of the widths with the same batches, the first of the loader's epoch 0, and
// returns how many: `batches`, or all there are when there are fewer, which standard error then
// says unless `quiet`. After each batch `on_batch`, if given, hears the width and how many batches
// are done in all.
int64_t CalibrateWidths(const OwnedGraph& graph, Parameters<float>& parameters,
                        const std::vector<Width>& widths, int64_t batches, Loader& loader,
                        bool quiet, const std::function<void(Width, int64_t)>& on_batch = nullptr);

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_CALIBRATE_WIDTHS_H_
