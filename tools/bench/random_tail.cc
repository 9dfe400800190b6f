// Writes the tail of a ResNet-20 with random weights, cut behind its first stage, as `slimsplit
// export` would: for first_inference.
//
//   random_tail tail.slim
#include <stdio.h>

#include <memory>
#include <vector>

#include "core/error_host.h"
#include "core/file_host.h"
#include "layers/nets/nets_host.h"
#include "split/runtime/model_file_host.h"
#include "tools/split_model.h"

namespace slim {
namespace {

constexpr char kCut[] = "layer1.2.add";

void Write(const std::string& path) {
  NetOptions options;
  options.widths = {0.25, 0.5, 0.75, 1.0};
  LoadedModel model;
  model.graph = MakeNet("resnet20", options);
  model.parameters = std::make_unique<Parameters<float>>(model.graph);
  model.parameters->Initialise(1);
  model.info.calibrated.assign(options.widths.size(), true);
  SplitModel split(model, kCut);
  for (FeatureFormat& format : split.features()) {
    const Status status = Quantizer::OfRange(0, 4, 8, &format.quantizer);
    if (!status.ok()) throw UsageError(status.text);
  }
  split.Seal();
  const std::vector<uint8_t> bytes = ModelFileBytes(split.tail());
  WriteFileAtomically(path, {{bytes.data(), bytes.size()}});
}

}  // namespace
}  // namespace slim

int main(int argc, char** argv) {
  try {
    if (argc != 2) throw slim::UsageError("one argument: the file to write");
    slim::Write(argv[1]);
  } catch (const slim::Error& error) {
    fprintf(stderr, "random_tail: %s\n", error.what());
    return error.exit_code();
  }
  return 0;
}
