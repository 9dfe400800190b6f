// TailHandler: answers frames by the tail of a model: payload to latent to scores to a class.
#ifndef SLIMSPLIT_SPLIT_LINK_TAIL_HANDLER_HOST_H_
#define SLIMSPLIT_SPLIT_LINK_TAIL_HANDLER_HOST_H_

#include <stdint.h>

#include <vector>

#include "split/link/server_host.h"
#include "split/runtime/engine_host.h"
#include "split/runtime/model_file_host.h"

namespace slim {

// The body of its answers is a ClassAnswer (split/link/answer_host.h).
class TailHandler : public FrameHandler {
 public:
  // The file must outlive it. Throws UsageError when it is no tail or cannot run.
  explicit TailHandler(const ModelFile& tail);

  Status Handle(int row, const uint8_t* payload, int64_t payload_bytes,
                std::vector<uint8_t>* body) override;

  // What a server of this tail must know of the model; address, port and key are still to be given.
  static ServerOptions OptionsFor(const ModelFile& tail);

 private:
  HostEngine engine_;
  AlignedMemory codec_memory_;
  FeatureDecoder decoder_;
  std::vector<float> latent_;
};

}  // namespace slim

#endif  // SLIMSPLIT_SPLIT_LINK_TAIL_HANDLER_HOST_H_
