// TailHandler: answers frames by the tail of a model: payload to latent to scores to a class.
#ifndef SLIMSPLIT_SPLIT_LINK_TAIL_HANDLER_HOST_H_
#define SLIMSPLIT_SPLIT_LINK_TAIL_HANDLER_HOST_H_

#include <stdint.h>

#include <vector>

#include "split/link/server_host.h"
#include "split/runtime/model_file_host.h"

namespace slim {

// The body of its answers is a ClassAnswer (split/link/answer_host.h).
class TailHandler : public FrameHandler {
 public:
  // The file must outlive it. Throws UsageError when it is no tail or cannot run.
  explicit TailHandler(const ModelFile& tail);

  Status Handle(int row, const uint8_t* payload, int64_t payload_bytes,
                std::vector<uint8_t>* body) override;

  // No payload of the model is longer.
  static int64_t MostBytes(const ModelFile& file);

 private:
  AlignedMemory arena_, codec_memory_;
  Engine engine_;
  FeatureDecoder decoder_;
  std::vector<float> latent_;
};

}  // namespace slim

#endif  // SLIMSPLIT_SPLIT_LINK_TAIL_HANDLER_HOST_H_
