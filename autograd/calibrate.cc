#include "autograd/calibrate.h"

namespace slim {

void Calibration::AddBatch(const TensorView<const float>& images) {
  RunOptions options;
  options.mode = RunMode::kCalibrate;
  options.record = false;
  options.momentum = 1.0 / static_cast<double>(++batches_);
  tape_.Run(graph_.view(), parameters_, width_, tape_.Constant(images), options);
  tape_.Clear();
}

}  // namespace slim
