// What a split network gives and costs in each of its modes: images through head, codec and tail.
#ifndef SLIMSPLIT_TOOLS_SPLIT_EVAL_H_
#define SLIMSPLIT_TOOLS_SPLIT_EVAL_H_

#include <stdint.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "data/loader.h"
#include "split/runtime/engine_host.h"
#include "split/runtime/model_file_host.h"
#include "tools/baselines.h"
#include "tools/evaluate.h"
#include "tools/global_options.h"

namespace slim {

// Both halves in one process, one image at a time, with real bytes between them.
class SplitRunner {
 public:
  // The halves must outlive it. Throws UsageError when they do not belong together.
  SplitRunner(const ModelFile& head, const ModelFile& tail);

  // Runs the head: [height][width][channels] normalised floats to the latent, valid until the next
  // call.
  TensorView<const float> Head(Width row, const float* image);
  // Encodes the latent; the payload is valid until the next call.
  const std::vector<uint8_t>& Encode(Width row, const float* latent);
  // Decodes a payload and runs the tail.
  TensorView<const float> Tail(Width row, const std::vector<uint8_t>& payload);

 private:
  HostEngine head_, tail_;
  const FeatureFormat* formats_;
  AlignedMemory encoder_memory_, decoder_memory_;
  FeatureEncoder encoder_;
  FeatureDecoder decoder_;
  std::vector<uint8_t> payload_;
  std::vector<float> latent_;
};

struct SplitEvaluation {
  Width row = 0;
  ImageCount count;
  int64_t bytes = 0, most_bytes = 0;  // payloads: sum and largest
  double head_ms = 0;                 // median

  double mean_bytes() const {
    return static_cast<double>(bytes) / static_cast<double>(count.images);
  }
};

// Every image of the loader's epoch 0, in every mode. `quiet`: without progress on standard error.
std::vector<SplitEvaluation> EvaluateSplit(const ModelFile& head, const ModelFile& tail,
                                           Loader& loader, bool quiet);

// One line per mode, then one per baseline, on standard output. An evaluation may be missing (empty
// list).
void PrintSplit(const ModelFile& head, const std::vector<SplitEvaluation>& results, bool json,
                const std::vector<Baseline>& baselines = {});

// `slimsplit eval --split`: evaluates DIR/head.slim and DIR/tail.slim with a data set, and the
// baselines with the model file `teacher` if that is not empty.
void RunSplitEval(const std::string& directory, const std::string& data, const std::string& teacher,
                  const GlobalOptions& global);

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_SPLIT_EVAL_H_
