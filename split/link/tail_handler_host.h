// TailHandler: answers frames by the tail of a model: payload to latent to scores to a class.
#ifndef SLIMSPLIT_SPLIT_LINK_TAIL_HANDLER_HOST_H_
#define SLIMSPLIT_SPLIT_LINK_TAIL_HANDLER_HOST_H_

#include <stdint.h>

#include <memory>
#include <vector>

#include "split/link/server_host.h"
#include "split/runtime/engine_host.h"
#include "split/runtime/model_file_host.h"

namespace slim {

// The body of its answers is a ClassAnswer (split/link/answer_host.h).
class TailHandler : public FrameHandler {
 public:
  // The file must outlive it. Frames that wait together are computed by an engine of `together`
  // images when they fill more than half of it. Throws UsageError when the file is no tail or
  // cannot run.
  explicit TailHandler(const ModelFile& tail, int together = 1);

  // How many frames, 1, 2, 4, ... up to `most`, cost the least time each when they are computed at
  // once; more than 1 only where that saves 5 %.
  static int FastestTogether(const ModelFile& tail, int most);

  Status Handle(int row, const uint8_t* payload, int64_t payload_bytes,
                std::vector<uint8_t>* body) override;
  int most_together() const override { return together_; }
  void HandleTogether(int row, FrameTask* tasks, int count) override;

  // What a server of this tail must know of the model; address, port and key are still to be given.
  static ServerOptions OptionsFor(const ModelFile& tail);

 private:
  const ModelFile& tail_;
  HostEngine engine_;
  const int together_;
  std::unique_ptr<HostEngine> engine_together_;  // of so many images; null for 1
  AlignedMemory codec_memory_;
  FeatureDecoder decoder_;
  std::vector<float> latent_;  // of `together` images
};

}  // namespace slim

#endif  // SLIMSPLIT_SPLIT_LINK_TAIL_HANDLER_HOST_H_
