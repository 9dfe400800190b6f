#include "tools/calibrate_widths.h"

#include <stdio.h>

#include "autograd/calibrate.h"

namespace slim {

LoaderOptions CalibrationLoading(int64_t batch_size, const std::string& augment, uint64_t seed) {
  LoaderOptions options;
  options.batch_size = batch_size;
  options.seed = seed;
  options.drop_last = true;
  options.augment = Augment(augment);
  return options;
}

int64_t CalibrateWidths(const OwnedGraph& graph, Parameters<float>& parameters,
                        const std::vector<Width>& widths, int64_t batches, Loader& loader,
                        bool quiet, const std::function<void(Width, int64_t)>& on_batch) {
  const int64_t there = loader.batches_per_epoch();
  if (batches > there && !quiet) {
    fprintf(stderr,
            "calibration: the training images make %lld batches, so %lld are used instead of "
            "%lld\n",
            static_cast<long long>(there), static_cast<long long>(there),
            static_cast<long long>(batches));
  }
  const int64_t used = batches < there ? batches : there;
  int64_t done = 0;
  for (const Width width : widths) {
    Calibration calibration(graph, parameters, width);
    loader.StartEpoch(0);
    while (calibration.batches() < used) {
      const Batch* batch = loader.Next();
      calibration.AddBatch(TensorView<const float>(batch->images.data(), batch->shape));
      ++done;
      if (on_batch) on_batch(width, done);
    }
  }
  return used;
}

}  // namespace slim
