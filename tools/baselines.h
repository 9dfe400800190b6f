// What there would be without a split: the whole network on the device, or the image itself sent to
// a server that runs it.
#ifndef SLIMSPLIT_TOOLS_BASELINES_H_
#define SLIMSPLIT_TOOLS_BASELINES_H_

#include <stdint.h>

#include <string>
#include <vector>

#include "tools/evaluate.h"
#include "tools/global_options.h"

namespace slim {

struct Baseline {
  std::string kind;                  // "local", "jpeg", "png", "webp"
  int quality = 0;                   // of jpeg and webp, else 0
  int64_t macs = 0, parameters = 0;  // on the device
  ImageCount count;
  double bytes = 0;  // mean of an image's file; local: 0
  int64_t most_bytes = 0;
  double scan_bytes = 0;  // jpeg: mean without the header (JpegScanBytes), else 0
  double device_ms = 0;   // median: of the network, or of the encoder

  // "local", "jpeg 95", "png"
  std::string name() const { return quality == 0 ? kind : kind + " " + std::to_string(quality); }
};

// The test images of a data set through the model file `teacher` at its widest width: as they are,
// and after each kind of file. Throws what LoadModel and OpenDataset throw, and UsageError when
// they do not fit together or the width is not calibrated.
std::vector<Baseline> MeasureBaselines(const std::string& teacher, const std::string& data,
                                       const GlobalOptions& global);

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_BASELINES_H_
